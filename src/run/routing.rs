//! The route that a call takes, and the one fall-back from a route that does not lead to the calling service.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::model::call::CallRef;
use crate::model::route::{self, ApiVersion, Route, RouteChoice};
use crate::settings::Cloud;

/// The run's routes.
#[derive(Debug)]
pub struct Routing {
    choice: RouteChoice,
    version: Option<ApiVersion>,
    cloud: Cloud,
    abandoned: AtomicBool,
}

/// Tells what to do if a route does not lead to the calling service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FallBack {
    /// Use the other route; `first` for the first call that falls back.
    Now { first: bool },
    /// The route is pinned, or is the last one: the response stands.
    Never,
}

impl Routing {
    pub fn new(choice: RouteChoice, version: Option<ApiVersion>, cloud: Cloud) -> Self {
        Self { choice, version, cloud, abandoned: AtomicBool::new(false) }
    }

    /// Returns the route that a call takes now.
    pub fn route(&self, call: &CallRef) -> Route {
        match self.choice {
            RouteChoice::Pinned(route) => route,
            RouteChoice::Auto if self.abandoned.load(Ordering::Relaxed) => Route::Communications,
            RouteChoice::Auto if !self.cloud.has_beta() => Route::Communications,
            RouteChoice::Auto if call.app_id.is_some() => Route::Applications,
            RouteChoice::Auto => Route::App,
        }
    }

    /// Returns the call's path on a route; `None` if the route needs an app ID and the call has none.
    pub fn path(&self, route: Route, call: &CallRef) -> Option<String> {
        route::path(route, self.version, call)
    }

    /// Gives up on `route` for the rest of the run, unless it is pinned.
    pub fn fall_back(&self, route: Route) -> FallBack {
        if self.choice != RouteChoice::Auto || route == Route::Communications {
            return FallBack::Never;
        }
        FallBack::Now { first: !self.abandoned.swap(true, Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_route_follows_app_id_cloud_and_service() {
        let (plain, with_app) =
            (CallRef::parse("a").unwrap(), CallRef::parse("/applications/x/calls/a").unwrap());
        let routing = Routing::new(RouteChoice::Auto, None, Cloud::Global);
        assert_eq!(routing.route(&plain), Route::App);
        assert_eq!(routing.route(&with_app), Route::Applications);
        assert_eq!(routing.fall_back(Route::App), FallBack::Now { first: true });
        assert_eq!(routing.fall_back(Route::App), FallBack::Now { first: false });
        assert_eq!(routing.route(&with_app), Route::Communications);
        assert_eq!(routing.fall_back(Route::Communications), FallBack::Never);
        for cloud in [Cloud::UsGov, Cloud::Dod] {
            assert_eq!(Routing::new(RouteChoice::Auto, None, cloud).route(&plain), Route::Communications);
        }
    }

    #[test]
    fn pinned_route_never_falls_back() {
        let routing = Routing::new(RouteChoice::Pinned(Route::App), None, Cloud::UsGov);
        assert_eq!(routing.fall_back(Route::App), FallBack::Never);
        assert_eq!(routing.route(&CallRef::parse("a").unwrap()), Route::App);
    }
}
