
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'hangup' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'hangup'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'hangup' {
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read calls from FILE, one per line (- is standard input)')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read calls from FILE, one per line (- is standard input)')
            [CompletionResult]::new('--from-notifications', '--from-notifications', [CompletionResultType]::ParameterName, 'Find calls still active according to a notification log')
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'With --from-notifications: only calls without a sign of life for DURATION (0s: all)')
            [CompletionResult]::new('--tenant', '--tenant', [CompletionResultType]::ParameterName, 'With --from-notifications: only calls of this tenant')
            [CompletionResult]::new('--max-calls', '--max-calls', [CompletionResultType]::ParameterName, 'Refuse to run if there are more than N calls')
            [CompletionResult]::new('--app-id', '--app-id', [CompletionResultType]::ParameterName, 'The application''s ID: use /applications/{app-id}/calls/{id}')
            [CompletionResult]::new('--route', '--route', [CompletionResultType]::ParameterName, 'The collection of calls that requests go to [default: auto]')
            [CompletionResult]::new('--api-version', '--api-version', [CompletionResultType]::ParameterName, 'The API version, instead of the route''s default')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud [default: global]')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Send requests to URL instead of the cloud''s own host')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Add a header to every request; @FILE reads headers from FILE, one per line')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Add a header to every request; @FILE reads headers from FILE, one per line')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Also trust the root certificates in FILE (PEM)')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the bearer token from FILE')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Maximum number of concurrent requests, 1 to 256 [default: 32]')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Maximum number of concurrent requests, 1 to 256 [default: 32]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries after a temporary failure [default: 4]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time limit for one attempt [default: 30s]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time limit for connecting [default: 10s]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Time limit for the whole run [default: none]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until each call is gone, for up to DURATION [default: 1m]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done without doing it [default: client]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The format of the report [default: text]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The format of the report [default: text]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color [default: auto]')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'Append each result to FILE as a line of JSON')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from FILE')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the section [profile.NAME] of the config')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Show endpoint, route, config and token; touch no call [default: local]')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Explain an error code, end code, HTTP status, outcome or exit code')
            [CompletionResult]::new('--generate', '--generate', [CompletionResultType]::ParameterName, 'Print shell completions or the man page')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Show the calls and ask before the first request')
            [CompletionResult]::new('--interactive', '--interactive', [CompletionResultType]::ParameterName, 'Show the calls and ask before the first request')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Send everything to a simulated Graph: no account, no network')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Stop at the first failure')
            [CompletionResult]::new('--ignore-not-found', '--ignore-not-found', [CompletionResultType]::ParameterName, 'Treat "not found" as success')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Do not wait, whatever the config says')
            [CompletionResult]::new('--no-ignore-not-found', '--no-ignore-not-found', [CompletionResultType]::ParameterName, 'Report calls that are not found, whatever the config says')
            [CompletionResult]::new('--no-log', '--no-log', [CompletionResultType]::ParameterName, 'Write no log, whatever the config says')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show only failures; -qq shows nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show only failures; -qq shows nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each attempt on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each attempt on standard error')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Skip calls that the log shows as ended (needs --log)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (-h: summary)')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (-h: summary)')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print the version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
