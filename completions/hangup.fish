complete -c hangup -s f -l file -d 'Read calls from FILE, one a line (- is standard input)' -r -F
complete -c hangup -l from-notifications -d 'Take the calls that a record of notifications leaves active' -r -F
complete -c hangup -l older-than -d 'With --from-notifications: only calls without a sign of life for DURATION (0s: all)' -r
complete -c hangup -l tenant -d 'With --from-notifications: only calls of this tenant' -r
complete -c hangup -l max-calls -d 'Send nothing where there are more than N calls' -r
complete -c hangup -l app-id -d 'The application\'s id: /applications/{app-id}/calls/{id}' -r
complete -c hangup -l route -d 'The collection of calls that requests go to [default: auto]' -r -f -a "auto\t'applications with an app id, else app; communications where those are retired'
app\t'/app/calls/{id}'
applications\t'/applications/{app-id}/calls/{id}'
communications\t'/communications/calls/{id}'"
complete -c hangup -l api-version -d 'The API version, over the route\'s own' -r -f -a "beta\t'the default of app and applications'
v1.0\t'the default of communications'"
complete -c hangup -l cloud -d 'The national cloud [default: global]' -r -f -a "global\t'the public cloud, GCC too'
usgov\t'L4, GCC High'
dod\t'L5, DoD'"
complete -c hangup -l base-url -d 'Send requests to URL instead of the cloud\'s own' -r
complete -c hangup -s H -l header -d 'Add a header to every request; @FILE reads headers from FILE, one per line' -r
complete -c hangup -l cacert -d 'Trust the root certificates in FILE too (PEM)' -r -F
complete -c hangup -l token-file -d 'Read the bearer token from FILE' -r -F
complete -c hangup -s j -l concurrency -d 'Requests under way at once, 1 to 256 [default: 32]' -r
complete -c hangup -l retries -d 'Retries after a failure that may pass [default: 4]' -r
complete -c hangup -l timeout -d 'Time for one attempt [default: 30s]' -r
complete -c hangup -l connect-timeout -d 'Time for making a connection [default: 10s]' -r
complete -c hangup -l deadline -d 'Time for the whole run [default: none]' -r
complete -c hangup -l wait -d 'Wait until each call is gone, for DURATION [default: 60s]' -r
complete -c hangup -l dry-run -d 'Show what would be done, do nothing [default: client]' -r -f -a "client\t'no network, no token: what would be sent'
server\t'GET each call and show its state'"
complete -c hangup -s o -l output -d 'The report\'s format [default: text]' -r -f -a "text\t'a line a call, for people'
json\t'one document'
jsonl\t'one result a line'"
complete -c hangup -l color -d 'When to colour [default: auto]' -r -f -a "auto\t'on a terminal'
always\t'through a pipe too'
never\t'nowhere'"
complete -c hangup -l log -d 'Append each result to FILE as a JSON line' -r -F
complete -c hangup -l config -d 'Read settings from FILE' -r -F
complete -c hangup -l profile -d 'Use the config\'s section [profile.NAME]' -r
complete -c hangup -l check -d 'Show endpoint, route, config and token; touch no call [default: local]' -r -f -a "local\t'endpoint, route, config and token, without asking Graph'
server\t'also send one GET for a random call ID'"
complete -c hangup -l explain -d 'Say what an error or end code means, whether to retry, what to do' -r
complete -c hangup -l generate -d 'Print completions for a shell, or the man page' -r -f -a "bash\t'completions for bash'
zsh\t'completions for zsh'
fish\t'completions for fish'
powershell\t'completions for PowerShell'
elvish\t'completions for elvish'
man\t'the man page'
schema\t'the JSON Schema of every JSON output'"
complete -c hangup -s i -l interactive -d 'Show how many calls there are and ask before the first request'
complete -c hangup -l sandbox -d 'Send everything to a simulated Graph: no account, no network'
complete -c hangup -l fail-fast -d 'Stop at the first call that is not well'
complete -c hangup -l ignore-not-found -d 'Count a call that is not found as well'
complete -c hangup -l no-wait -d 'Do not wait, whatever the config says'
complete -c hangup -l no-ignore-not-found -d 'A call that is not found counts, whatever the config says'
complete -c hangup -l no-log -d 'Write no log, whatever the config says'
complete -c hangup -s q -l quiet -d 'Show only what is not well; -qq: nothing'
complete -c hangup -s v -l verbose -d 'Show each attempt on standard error'
complete -c hangup -l resume -d 'Skip the calls that the log shows ended or not found (needs --log)'
complete -c hangup -s h -l help -d 'Print help (-h: the short form)'
complete -c hangup -s V -l version -d 'Print the version'
