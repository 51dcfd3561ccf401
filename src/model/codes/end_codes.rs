//! End codes: why a call ended, as `code/subcode` of its last notification's `resultInfo`.

use super::explanation::{Explanation, Kind, Retry};

const OVER: &str = "Nothing: the call is over.";
const UNREACHED: &str = "Nothing: the call is over. The bot may call again later.";
const MEDIA: &str = "For the next call, check the certificate, name, public address and ports of the bot's media \
    endpoint.";

pub(super) const CODES: &[Explanation] = &[
    end(&["0/0", "200/0"], "A normal end.", OVER),
    end(&["200/4097"], "The other participant ended the call.", OVER),
    end(&["200/4521"], "The other participant of a one-to-one call ended it.", OVER),
    end(&["200/5000", "200/5300"], "A participant removed the bot from the call.", OVER),
    end(&["200/5001", "200/5003"], "The conversation ended.", OVER),
    end(&["200/5002"], "All other participants left the call.", OVER),
    end(&["200/5007"], "The participant who started the call left it.", OVER),
    end(&["200/5010"], "Only one participant remained.", OVER),
    end(&["200/5012"], "The roster was empty.", OVER),
    end(&["200/5013"], "Nobody joined.", OVER),
    end(&["200/5014"], "The meeting had no host.", OVER),
    end(&["200/5020"], "No visible participant was left.", OVER),
    end(&["200/5030"], "The time of the breakout room was over.", OVER),
    end(&["200/5855"], "The bot waited in the lobby for too long and was not admitted.", OVER),
    end(&["200/7000", "200/10550"], "The bot ended the call: this is how a hang-up shows.", OVER),
    end(&["200/7015"], "The call was transferred, and the bot's part is done.", OVER),
    end(&["200/18503"], "The other participant of a one-to-one call left it.", OVER),
    end(&["200/540000", "200/560000"], "The participant on the telephone network hung up.", OVER),
    end(
        &["400/2203"],
        "The meeting could not be joined with these coordinates.",
        "For the next call, check the meeting's join URL, thread ID and tenant.",
    ),
    end(&["403/510403"], "The call was blocked as spam.", OVER),
    end(
        &["408/8537"],
        "The bot sent no keepAlive for 45 minutes, and the service ended the call.",
        "Nothing: the call is over. The bot must send keepAlive while a call lasts.",
    ),
    end(&["408/8544"], "The callee was not reached in time.", UNREACHED),
    end(&["408/1106"], "The bot or the client did not acknowledge in time.", OVER),
    end(&["408/10057"], "No signalling came from the callee in time.", UNREACHED),
    end(&["408/13025", "408/4506"], "The call timed out.", OVER),
    end(&["410/301004"], "Media could not be connected.", MEDIA),
    end(&["410/301005"], "The media connection was lost.", MEDIA),
    end(&["480"], "The callee could not be reached (the subcode says more).", UNREACHED),
    end(&["480/10037"], "The callee has no endpoint that is signed in.", UNREACHED),
    end(&["480/10076"], "The callee could not be reached.", UNREACHED),
    end(&["480/10077"], "The callee is offline.", UNREACHED),
    end(&["480/10078"], "The callee is not registered.", UNREACHED),
    end(
        &["480/10134"],
        "There is no route to the callee.",
        "For the next call, check the callee's number or ID, and the voice routing of the tenant.",
    ),
    end(
        &["480/10199"],
        "Private calling is disabled for the callee.",
        "An administrator can allow it in the calling policy of Teams.",
    ),
    end(&["486/560486"], "The callee on the telephone network was busy.", UNREACHED),
    end(&["487/0"], "The call was cancelled.", OVER),
    end(&["487/10003"], "The call was answered elsewhere.", OVER),
    end(&["487/10004"], "The call was not answered.", UNREACHED),
    end(&["487/10024", "603/0"], "The call was declined.", OVER),
    end(
        &["500/1203002", "500/1203003", "500/1005", "500/3002", "500/3003", "500/7106", "3002/7106"],
        "The bot's media endpoint could not be reached or is not trusted.",
        MEDIA,
    ),
    end(&["500/7117"], "Internal error while the call was being established.", UNREACHED),
    end(&["500/1999"], "The service dropped the bot's leg of the call.", UNREACHED),
];

/// All these calls are over: there is nothing to hang up.
const fn end(codes: &'static [&'static str], meaning: &'static str, action: &'static str) -> Explanation {
    Explanation { codes, kind: Kind::EndCode, meaning, retry: Retry::NotNeeded, action }
}
