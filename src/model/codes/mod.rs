//! The meaning of error codes, HTTP statuses and end codes.

pub mod lookup;
pub mod table;

pub use lookup::*;
pub use table::{
    CERTIFICATE_REJECTED, FORGOTTEN, NO_ROUTE_WITHOUT_APP_ID, NOT_A_CALL_ID, NOT_GRAPHS_404, REDIRECTED,
    ROUTE_RETIRED,
};
