
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
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Read calls from FILE, one a line (- is standard input)')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read calls from FILE, one a line (- is standard input)')
            [CompletionResult]::new('--from-notifications', '--from-notifications', [CompletionResultType]::ParameterName, 'Take the calls that a record of notifications leaves active')
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'With --from-notifications: only calls without a sign of life for DURATION (0s: all)')
            [CompletionResult]::new('--tenant', '--tenant', [CompletionResultType]::ParameterName, 'With --from-notifications: only calls of this tenant')
            [CompletionResult]::new('--max-calls', '--max-calls', [CompletionResultType]::ParameterName, 'Send nothing where there are more than N calls')
            [CompletionResult]::new('--app-id', '--app-id', [CompletionResultType]::ParameterName, 'The application''s id: /applications/{app-id}/calls/{id}')
            [CompletionResult]::new('--route', '--route', [CompletionResultType]::ParameterName, 'The collection of calls that requests go to [default: auto]')
            [CompletionResult]::new('--api-version', '--api-version', [CompletionResultType]::ParameterName, 'The API version, over the route''s own')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The national cloud [default: global]')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'Send requests to URL instead of the cloud''s own')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'Add a header to every request; @FILE reads headers from FILE, one per line')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Add a header to every request; @FILE reads headers from FILE, one per line')
            [CompletionResult]::new('--cacert', '--cacert', [CompletionResultType]::ParameterName, 'Trust the root certificates in FILE too (PEM)')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Read the bearer token from FILE')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Requests under way at once, 1 to 256 [default: 32]')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Requests under way at once, 1 to 256 [default: 32]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries after a failure that may pass [default: 4]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for one attempt [default: 30s]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time for making a connection [default: 10s]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Time for the whole run [default: none]')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until each call is gone, for DURATION [default: 60s]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done, do nothing [default: client]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The report''s format [default: text]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The report''s format [default: text]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour [default: auto]')
            [CompletionResult]::new('--log', '--log', [CompletionResultType]::ParameterName, 'Append each result to FILE as a JSON line')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from FILE')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use the config''s section [profile.NAME]')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Show endpoint, route, config and token; touch no call [default: local]')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Say what an error or end code means, whether to retry, what to do')
            [CompletionResult]::new('--generate', '--generate', [CompletionResultType]::ParameterName, 'Print completions for a shell, or the man page')
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Show how many calls there are and ask before the first request')
            [CompletionResult]::new('--interactive', '--interactive', [CompletionResultType]::ParameterName, 'Show how many calls there are and ask before the first request')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Send everything to a simulated Graph: no account, no network')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Stop at the first call that is not well')
            [CompletionResult]::new('--ignore-not-found', '--ignore-not-found', [CompletionResultType]::ParameterName, 'Count a call that is not found as well')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Do not wait, whatever the config says')
            [CompletionResult]::new('--no-ignore-not-found', '--no-ignore-not-found', [CompletionResultType]::ParameterName, 'A call that is not found counts, whatever the config says')
            [CompletionResult]::new('--no-log', '--no-log', [CompletionResultType]::ParameterName, 'Write no log, whatever the config says')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show only what is not well; -qq: nothing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show only what is not well; -qq: nothing')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each attempt on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each attempt on standard error')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Skip the calls that the log shows ended or not found (needs --log)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (-h: the short form)')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (-h: the short form)')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print the version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
