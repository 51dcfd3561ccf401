
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
            cand -f 'Read calls from FILE, one a line (- is standard input)'
            cand --file 'Read calls from FILE, one a line (- is standard input)'
            cand --from-notifications 'Take the calls that a record of notifications leaves active'
            cand --older-than 'With --from-notifications: only calls without a sign of life for DURATION (0s: all)'
            cand --tenant 'With --from-notifications: only calls of this tenant'
            cand --max-calls 'Send nothing where there are more than N calls'
            cand --app-id 'The application''s id: /applications/{app-id}/calls/{id}'
            cand --route 'The collection of calls that requests go to [default: auto]'
            cand --api-version 'The API version, over the route''s own'
            cand --cloud 'The national cloud [default: global]'
            cand --base-url 'Send requests to URL instead of the cloud''s own'
            cand -H 'Add a header to every request; @FILE reads headers from FILE, one per line'
            cand --header 'Add a header to every request; @FILE reads headers from FILE, one per line'
            cand --cacert 'Trust the root certificates in FILE too (PEM)'
            cand --token-file 'Read the bearer token from FILE'
            cand -j 'Requests under way at once, 1 to 256 [default: 32]'
            cand --concurrency 'Requests under way at once, 1 to 256 [default: 32]'
            cand --retries 'Retries after a failure that may pass [default: 4]'
            cand --timeout 'Time for one attempt [default: 30s]'
            cand --connect-timeout 'Time for making a connection [default: 10s]'
            cand --deadline 'Time for the whole run [default: none]'
            cand --wait 'Wait until each call is gone, for DURATION [default: 60s]'
            cand --dry-run 'Show what would be done, do nothing [default: client]'
            cand -o 'The report''s format [default: text]'
            cand --output 'The report''s format [default: text]'
            cand --color 'When to colour [default: auto]'
            cand --log 'Append each result to FILE as a JSON line'
            cand --config 'Read settings from FILE'
            cand --profile 'Use the config''s section [profile.NAME]'
            cand --check 'Show endpoint, route, config and token; touch no call [default: local]'
            cand --explain 'Say what an error or end code means, whether to retry, what to do'
            cand --generate 'Print completions for a shell, or the man page'
            cand -i 'Show how many calls there are and ask before the first request'
            cand --interactive 'Show how many calls there are and ask before the first request'
            cand --sandbox 'Send everything to a simulated Graph: no account, no network'
            cand --fail-fast 'Stop at the first call that is not well'
            cand --ignore-not-found 'Count a call that is not found as well'
            cand --no-wait 'Do not wait, whatever the config says'
            cand --no-ignore-not-found 'A call that is not found counts, whatever the config says'
            cand --no-log 'Write no log, whatever the config says'
            cand -q 'Show only what is not well; -qq: nothing'
            cand --quiet 'Show only what is not well; -qq: nothing'
            cand -v 'Show each attempt on standard error'
            cand --verbose 'Show each attempt on standard error'
            cand --resume 'Skip the calls that the log shows ended or not found (needs --log)'
            cand -h 'Print help (-h: the short form)'
            cand --help 'Print help (-h: the short form)'
            cand -V 'Print the version'
            cand --version 'Print the version'
        }
    ]
    $completions[$command]
}
