complete -c hangup -s f -l file -d 'Read calls from FILE, one per line (- is standard input)' -r -F
complete -c hangup -l from-notifications -d 'Find calls still active according to a notification log' -r -F
complete -c hangup -l older-than -d 'With --from-notifications: only calls without a sign of life for DURATION (0s: all)' -r
complete -c hangup -l tenant -d 'With --from-notifications: only calls of this tenant' -r
complete -c hangup -l max-calls -d 'Refuse to run if there are more than N calls' -r
complete -c hangup -l app-id -d 'The application\'s ID: use /applications/{app-id}/calls/{id}' -r
complete -c hangup -l route -d 'The collection of calls that requests go to [default: auto]' -r -f -a "auto\t'applications with an app ID, else app; falls back to communications'
app\t'/app/calls/{id}'
applications\t'/applications/{app-id}/calls/{id}'
communications\t'/communications/calls/{id}'"
complete -c hangup -l api-version -d 'The API version, instead of the route\'s default' -r -f -a "beta\t'the default of app and applications'
v1.0\t'the default of communications'"
complete -c hangup -l cloud -d 'The national cloud [default: global]' -r -f -a "global\t'the public cloud, including GCC'
usgov\t'L4, GCC High'
dod\t'L5, DoD'"
complete -c hangup -l base-url -d 'Send requests to URL instead of the cloud\'s own host' -r
complete -c hangup -s H -l header -d 'Add a header to every request; @FILE reads headers from FILE, one per line' -r
complete -c hangup -l cacert -d 'Also trust the root certificates in FILE (PEM)' -r -F
complete -c hangup -l token-file -d 'Read the bearer token from FILE' -r -F
complete -c hangup -s j -l concurrency -d 'Maximum number of concurrent requests, 1 to 256 [default: 32]' -r
complete -c hangup -l retries -d 'Retries after a temporary failure [default: 4]' -r
complete -c hangup -l timeout -d 'Time limit for one attempt [default: 30s]' -r
complete -c hangup -l connect-timeout -d 'Time limit for connecting [default: 10s]' -r
complete -c hangup -l deadline -d 'Time limit for the whole run [default: none]' -r
complete -c hangup -l wait -d 'Wait until each call is gone, for up to DURATION [default: 1m]' -r
complete -c hangup -l dry-run -d 'Show what would be done without doing it [default: client]' -r -f -a "client\t'no network, no token: show what would be sent'
server\t'GET each call and show its state'"
complete -c hangup -s o -l output -d 'The format of the report [default: text]' -r -f -a "text\t'one line per call, for people'
json\t'one document'
jsonl\t'one result per line'"
complete -c hangup -l color -d 'When to use color [default: auto]' -r -f -a "auto\t'on a terminal'
always\t'also through a pipe'
never\t'nowhere'"
complete -c hangup -l log -d 'Append each result to FILE as a line of JSON' -r -F
complete -c hangup -l config -d 'Read settings from FILE' -r -F
complete -c hangup -l profile -d 'Use the section [profile.NAME] of the config' -r
complete -c hangup -l check -d 'Show endpoint, route, config and token; touch no call [default: local]' -r -f -a "local\t'endpoint, route, config and token, without asking Graph'
server\t'also send one GET for a random call ID'"
complete -c hangup -l explain -d 'Explain an error code, end code, HTTP status, outcome or exit code' -r
complete -c hangup -l generate -d 'Print shell completions or the man page' -r -f -a "bash\t'completions for bash'
zsh\t'completions for zsh'
fish\t'completions for fish'
powershell\t'completions for PowerShell'
elvish\t'completions for elvish'
man\t'the man page'
schema\t'the JSON Schema of every JSON output'"
complete -c hangup -s i -l interactive -d 'Show the calls and ask before the first request'
complete -c hangup -l sandbox -d 'Send everything to a simulated Graph: no account, no network'
complete -c hangup -l fail-fast -d 'Stop at the first failure'
complete -c hangup -l ignore-not-found -d 'Treat "not found" as success'
complete -c hangup -l no-wait -d 'Do not wait, whatever the config says'
complete -c hangup -l no-ignore-not-found -d 'Report calls that are not found, whatever the config says'
complete -c hangup -l no-log -d 'Write no log, whatever the config says'
complete -c hangup -s q -l quiet -d 'Show only failures; -qq shows nothing'
complete -c hangup -s v -l verbose -d 'Show each attempt on standard error'
complete -c hangup -l resume -d 'Skip calls that the log shows as ended (needs --log)'
complete -c hangup -s h -l help -d 'Print help (-h: summary)'
complete -c hangup -s V -l version -d 'Print the version'
