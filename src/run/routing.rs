//! Which route a call takes, and the one fall-over from a route that the service has retired.

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
    retired: AtomicBool,
}

/// What to do where a route is retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FallOver {
    /// Take the other route; `first` for the first call that finds out.
    Now {
        /// Nobody was told yet.
        first: bool,
    },
    /// The route was asked for by name, or is the last one: the answer stands.
    Never,
}

impl Routing {
    /// The routes that the settings ask for.
    pub fn new(choice: RouteChoice, version: Option<ApiVersion>, cloud: Cloud) -> Self {
        Self { choice, version, cloud, retired: AtomicBool::new(false) }
    }

    /// The route that a call takes now.
    pub fn route(&self, call: &CallRef) -> Route {
        match self.choice {
            RouteChoice::Pinned(route) => route,
            RouteChoice::Auto if self.retired.load(Ordering::Relaxed) => Route::Communications,
            RouteChoice::Auto if !self.cloud.has_beta() => Route::Communications,
            RouteChoice::Auto if call.app_id.is_some() => Route::Applications,
            RouteChoice::Auto => Route::App,
        }
    }

    /// The call's path on a route; `None` where the route needs an app id and the call has none.
    pub fn path(&self, route: Route, call: &CallRef) -> Option<String> {
        route::path(route, self.version, call)
    }

    /// The service said that `route` is retired.
    pub fn fall_over(&self, route: Route) -> FallOver {
        if self.choice != RouteChoice::Auto || route == Route::Communications {
            return FallOver::Never;
        }
        FallOver::Now { first: !self.retired.swap(true, Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_follows_the_app_id_the_cloud_and_the_service() {
        let (plain, with_app) =
            (CallRef::parse("a").unwrap(), CallRef::parse("/applications/x/calls/a").unwrap());
        let routing = Routing::new(RouteChoice::Auto, None, Cloud::Global);
        assert_eq!(routing.route(&plain), Route::App);
        assert_eq!(routing.route(&with_app), Route::Applications);
        assert_eq!(routing.fall_over(Route::App), FallOver::Now { first: true });
        assert_eq!(routing.fall_over(Route::App), FallOver::Now { first: false });
        assert_eq!(routing.route(&with_app), Route::Communications);
        assert_eq!(routing.fall_over(Route::Communications), FallOver::Never);
        for cloud in [Cloud::UsGov, Cloud::Dod] {
            assert_eq!(Routing::new(RouteChoice::Auto, None, cloud).route(&plain), Route::Communications);
        }
    }

    #[test]
    fn a_pinned_route_never_falls_over() {
        let routing = Routing::new(RouteChoice::Pinned(Route::App), None, Cloud::UsGov);
        assert_eq!(routing.fall_over(Route::App), FallOver::Never);
        assert_eq!(routing.route(&CallRef::parse("a").unwrap()), Route::App);
    }
}
