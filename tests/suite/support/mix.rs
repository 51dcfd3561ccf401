//! A service with a memory that fails by plan: it knows which calls it has ended, whatever it answered to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Asked, Reply};

/// The random seed. For another one: `HANGUP_SEED=2 cargo test ...`.
pub fn seed() -> u64 {
    std::env::var("HANGUP_SEED").ok().map_or(1, |seed| seed.parse().unwrap())
}

/// Over what the service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Http1,
    Http2,
}

/// A bad answer, and whether the service ends the call all the same.
#[derive(Debug)]
struct Fault {
    reply: Reply,
    acts: bool,
}

/// What will happen to the requests about one call.
#[derive(Debug)]
struct Plan {
    faults: VecDeque<Fault>,
    /// What it is refused with for ever; `None`: it can be ended.
    refused: Option<u16>,
    ended: bool,
}

/// The service.
pub struct Mix {
    protocol: Protocol,
    state: Mutex<State>,
}

struct State {
    plans: BTreeMap<String, Plan>,
    dice: StdRng,
    answers: usize,
    faulty: usize,
}

impl Mix {
    /// A service of the calls `call-0`, `call-1`, ... that answers a tenth of all requests badly, no call more
    /// than `most` times.
    pub fn new(protocol: Protocol, calls: usize, most: usize, seed: u64) -> Self {
        let mut dice = StdRng::seed_from_u64(seed);
        let plan = |n| (super::call_id(n), Plan::roll(&mut dice, protocol, most));
        let plans = (0..calls).map(plan).collect();
        let state = State { plans, dice, answers: 0, faulty: 0 };
        Self { protocol, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What it does with a request.
    pub fn answer(&self, asked: &Asked) -> Reply {
        let mut state = self.state();
        let State { plans, dice, answers, faulty } = &mut *state;
        let plan = plans.get_mut(&asked.id()).expect("a call that is on the list");
        *answers += 1;
        if let Some(fault) = plan.faults.pop_front() {
            *faulty += 1;
            plan.ended |= fault.acts;
            return fault.reply;
        }
        if let Some(status) = plan.refused {
            return Reply::error(status, "x", "no");
        }
        let reply = if plan.ended { Reply::not_found() } else { Reply::ended() };
        plan.ended = true;
        if self.protocol == Protocol::Http1 {
            let closes = reply.is_ended() && dice.random_bool(0.02);
            *faulty += usize::from(closes);
            return if closes { Reply::last_answer(204) } else { reply };
        }
        // The answers to requests on one connection overtake each other.
        reply.after(Duration::from_millis(dice.random_range(0..20)))
    }

    fn ids(&self, wanted: impl Fn(&Plan) -> bool) -> BTreeSet<String> {
        self.state().plans.iter().filter(|(_, plan)| wanted(plan)).map(|(id, _)| id.clone()).collect()
    }

    /// The calls that it can end.
    pub fn endable(&self) -> BTreeSet<String> {
        self.ids(|plan| plan.refused.is_none())
    }

    /// The calls that it has ended.
    pub fn ended(&self) -> BTreeSet<String> {
        self.ids(|plan| plan.ended)
    }

    /// How many requests it answered, and how many of them badly.
    pub fn answers(&self) -> (usize, usize) {
        let state = self.state();
        (state.answers, state.faulty)
    }
}

impl Plan {
    fn roll(dice: &mut StdRng, protocol: Protocol, most: usize) -> Self {
        let refused = dice.random_bool(0.005).then(|| [400, 403, 409, 423][dice.random_range(0..4)]);
        let mut faults = VecDeque::new();
        while faults.len() < most && dice.random_bool(0.1) {
            let fault = Fault::roll(dice, protocol);
            faults.push_back(Fault { acts: fault.acts && refused.is_none(), ..fault });
        }
        Self { faults, refused, ended: false }
    }
}

impl Fault {
    fn roll(dice: &mut StdRng, protocol: Protocol) -> Self {
        let acts = dice.random_bool(0.5);
        let kind = dice.random_range(0..11);
        let (reply, can_act) = match (kind, protocol) {
            (0, _) => (Reply::reset(), true),
            (1, _) => (Reply::stall(), true),
            (2, _) => (Reply::flood(500, 1 << 30), true),
            (3, _) => (Reply::html(502), true),
            (4, _) => (Reply::status(503), false),
            // Rarely: each halves how many requests are in flight, and a run that is throttled all the time is slow.
            (5, _) if dice.random_bool(0.05) => (Reply::throttled("0"), false),
            (5, _) => (Reply::status(504), true),
            (6, Protocol::Http1) => (Reply::close(), true),
            (7, Protocol::Http1) => (Reply::cut_head(), true),
            (8, Protocol::Http1) => (Reply::cut_body(500), true),
            (9, Protocol::Http1) => (Reply::drip(Duration::from_secs(1)), true),
            (_, Protocol::Http1) => (Reply::cut_body(404), false),
            (6 | 7, Protocol::Http2) => (Reply::drip(Duration::from_secs(1)), false),
            (_, Protocol::Http2) => (Reply::refuse(), false),
        };
        Self { reply, acts: acts && can_act }
    }
}
