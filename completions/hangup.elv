
use builtin;
use str;

set edit:completion:arg-completer[hangup] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'hangup'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'hangup'= {
            cand -f 'Read calls from FILE, one per line (- is standard input)'
            cand --file 'Read calls from FILE, one per line (- is standard input)'
            cand --from-notifications 'Find calls still active according to a notification log'
            cand --older-than 'With --from-notifications: only calls without a sign of life for DURATION (0s: all)'
            cand --tenant 'With --from-notifications: only calls of this tenant'
            cand --max-calls 'Refuse to run if there are more than N calls'
            cand --app-id 'The application''s ID: use /applications/{app-id}/calls/{id}'
            cand --route 'The collection of calls that requests go to [default: auto]'
            cand --api-version 'The API version, instead of the route''s default'
            cand --cloud 'The national cloud [default: global]'
            cand --base-url 'Send requests to URL instead of the cloud''s own host'
            cand -H 'Add a header to every request; @FILE reads headers from FILE, one per line'
            cand --header 'Add a header to every request; @FILE reads headers from FILE, one per line'
            cand --cacert 'Also trust the root certificates in FILE (PEM)'
            cand --token-file 'Read the bearer token from FILE'
            cand -j 'Maximum number of concurrent requests, 1 to 256 [default: 32]'
            cand --concurrency 'Maximum number of concurrent requests, 1 to 256 [default: 32]'
            cand --retries 'Retries after a temporary failure [default: 4]'
            cand --timeout 'Time limit for one attempt [default: 30s]'
            cand --connect-timeout 'Time limit for connecting [default: 10s]'
            cand --deadline 'Time limit for the whole run [default: none]'
            cand --wait 'Wait until each call is gone, for up to DURATION [default: 1m]'
            cand --dry-run 'Show what would be done without doing it [default: client]'
            cand -o 'The format of the report [default: text]'
            cand --output 'The format of the report [default: text]'
            cand --color 'When to use color [default: auto]'
            cand --log 'Append each result to FILE as a line of JSON'
            cand --config 'Read settings from FILE'
            cand --profile 'Use the section [profile.NAME] of the config'
            cand --check 'Show endpoint, route, config and token; touch no call [default: local]'
            cand --explain 'Explain an error code, end code, HTTP status, outcome or exit code'
            cand --generate 'Print shell completions or the man page'
            cand -i 'Show the calls and ask before the first request'
            cand --interactive 'Show the calls and ask before the first request'
            cand --sandbox 'Send everything to a simulated Graph: no account, no network'
            cand --fail-fast 'Stop at the first failure'
            cand --ignore-not-found 'Treat "not found" as success'
            cand --no-wait 'Do not wait, whatever the config says'
            cand --no-ignore-not-found 'Report calls that are not found, whatever the config says'
            cand --no-log 'Write no log, whatever the config says'
            cand -q 'Show only failures; -qq shows nothing'
            cand --quiet 'Show only failures; -qq shows nothing'
            cand -v 'Show each attempt on standard error'
            cand --verbose 'Show each attempt on standard error'
            cand --resume 'Skip calls that the log shows as ended (needs --log)'
            cand -h 'Print help (-h: summary)'
            cand --help 'Print help (-h: summary)'
            cand -V 'Print the version'
            cand --version 'Print the version'
        }
    ]
    $completions[$command]
}
