/** Completion scripts (02 §4). Each asks `PROG __complete WORD… CURRENT` and shows the answer. */

const shells = { bash, zsh, fish, powershell };

/** The script of a shell for the program under the name that users type; undefined = no such shell. */
export function completionScript(shell: string, program: string): string | undefined {
  if (!Object.hasOwn(shells, shell)) return undefined;
  return shells[shell as keyof typeof shells](program, program.replace(/[^A-Za-z0-9_]/g, "_"));
}

/**
 * Works without the bash-completion package and with bash 3.2. Readline splits words at `=` and
 * `:`; what stands together is put together again, and what it keeps is cut off the answers.
 */
function bash(program: string, id: string): string {
  return `# bash completion for ${program}

__${id}_complete() {
    local line=\${COMP_LINE:0:COMP_POINT} blank word piece="" i
    local -a words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        blank=\${line%%[![:space:]]*}
        line=\${line#"$blank"}
        if ((i == COMP_CWORD)); then word=$line; else word=\${COMP_WORDS[i]}; fi
        if ((i > 0)) && [[ -z $blank && \${#words[@]} -gt 0 ]]; then
            words[\${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        line=\${line#"$word"}
        piece=$word
    done
    local current=\${words[\${#words[@]} - 1]}
    case $piece in
    *[!=:]*) ;;
    *) piece="" ;;
    esac
    local kept=\${current%"$piece"}

    for ((i = 1; i < \${#words[@]} - 1; i++)); do
        if [[ \${words[i]} == -- ]]; then
            __${id}_delegate "$i" "$current" "$kept" "\${words[@]}"
            return
        fi
    done

    local program=\${words[0]} answer directive value flag=""
    program=\${program/#\\~/$HOME}
    answer=$("$program" __completeNoDesc "\${words[@]:1}" 2>/dev/null) || return
    directive=\${answer##*:}
    answer=\${answer%:*}
    case $current in
    -*=*) flag=\${current%%=*}= ;;
    esac
    COMPREPLY=()
    while IFS= read -r value; do
        [[ -n $value ]] || continue
        value=$flag$value
        COMPREPLY+=("$(__${id}_quote "\${value#"$kept"}")")
    done <<<"$answer"
    ((directive & 2)) && compopt -o nospace 2>/dev/null
    if ((directive & 16)); then
        __${id}_files -d "\${current#"$flag"}"
    elif ((!(directive & 4))) && ((\${#COMPREPLY[@]} == 0)); then
        __${id}_files -f "\${current#"$flag"}"
    fi
}

__${id}_quote() {
    case $1 in
    *[!A-Za-z0-9_@%+=:,./~-]*) printf '%q' "$1" ;;
    *) printf '%s' "$1" ;;
    esac
}

__${id}_files() {
    local value
    compopt -o filenames 2>/dev/null
    while IFS= read -r value; do
        COMPREPLY+=("$value")
    done < <(compgen "$1" -- "$2")
}

# Behind \`--\` the words are somebody else's: a command, then its arguments.
__${id}_delegate() {
    local at=$1 current=$2 kept=$3 value
    COMPREPLY=()
    if declare -F _command_offset >/dev/null; then
        local offset
        for ((offset = 0; offset < COMP_CWORD; offset++)); do
            if [[ \${COMP_WORDS[offset]} == -- ]]; then
                _command_offset $((offset + 1))
                return
            fi
        done
    fi
    if (($# - 3 == at + 2)) && [[ $current != */* ]]; then
        while IFS= read -r value; do
            COMPREPLY+=("\${value#"$kept"}")
        done < <(compgen -c -- "$current")
    else
        __${id}_files -f "$current"
    fi
}

complete -F __${id}_complete ${program}
`;
}

function zsh(program: string, id: string): string {
  return `#compdef ${program}
# zsh completion for ${program}

_${id}() {
    local answer directive line value text flag=""
    local -a lines described rest
    local -i i

    for ((i = 2; i < CURRENT; i++)); do
        if [[ \${words[i]} == -- ]]; then
            # behind -- the words are somebody else's
            words=("\${(@)words[i + 1,-1]}")
            ((CURRENT -= i))
            _normal
            return
        fi
    done

    answer="$("\${(Q)words[1]}" __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)" || return 1
    lines=("\${(@f)answer}")
    directive=\${lines[-1]#:}
    lines=("\${(@)lines[1,-2]}")
    if [[ \${words[CURRENT]} == -*=* ]]; then
        flag="\${words[CURRENT]%%=*}="
        compset -P 1 '*='
    fi
    for line in "\${(@)lines}"; do
        [[ -n $line ]] || continue
        value="\${line%%$'\\t'*}"
        value="\${value//\\\\/\\\\\\\\}"
        value="\${value//:/\\\\:}"
        text=""
        [[ $line == *$'\\t'* ]] && text="\${line#*$'\\t'}"
        described+=("$value\${text:+:$text}")
    done
    if ((directive & 16)); then
        _path_files -/
        return
    fi
    if ((\${#described} == 0)); then
        ((directive & 4)) && return 1
        _files
        return
    fi
    if ((directive & 2)); then
        _describe -V -t values value described -S ''
    else
        _describe -V -t values value described
    fi
}

if [[ "\${funcstack[1]}" == "_${id}" ]]; then
    _${id} "$@"
else
    compdef _${id} ${program}
fi
`;
}

function fish(program: string, id: string): string {
  return `# fish completion for ${program}

function __${id}_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l dashes (contains -i -- -- $words)
    if test -n "$dashes"
        # behind -- the words are somebody else's
        set -l rest $words[(math $dashes + 1)..-1]
        if test (count $words) -eq $dashes
            set rest
        end
        complete -C (string join ' ' -- (string escape -- $rest) $current)
        return
    end
    set -l answer (command $words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    or return
    test (count $answer) -gt 0
    or return
    set -l directive (string sub -s 2 -- $answer[-1])
    set -l flag (string match -r -- '^-[^=]*=' $current)
    if test (count $answer) -gt 1
        for line in $answer[1..-2]
            test -n "$line"
            and printf '%s%s\\n' "$flag" "$line"
        end
    else if test (math "bitand($directive, 16)") -ne 0
        for path in (__fish_complete_directories (string replace -- "$flag" '' $current))
            printf '%s%s\\n' "$flag" $path
        end
    else if test (math "bitand($directive, 4)") -eq 0
        for path in (__fish_complete_path (string replace -- "$flag" '' $current))
            printf '%s%s\\n' "$flag" $path
        end
    end
end

complete -c ${program} -e
complete -c ${program} -f -a '(__${id}_complete)'
`;
}

function powershell(program: string, _id: string): string {
  return `# PowerShell completion for ${program}

Register-ArgumentCompleter -Native -CommandName '${program}' -ScriptBlock {
    param($WordToComplete, $CommandAst, $CursorPosition)

    $words = @()
    foreach ($element in $CommandAst.CommandElements) {
        if ($element.Extent.StartOffset -ge $CursorPosition) { break }
        $text = $element.Extent.Text
        if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
            $text = $element.Value
        }
        if ($element.Extent.EndOffset -gt $CursorPosition) {
            $text = $text.Substring(0, $CursorPosition - $element.Extent.StartOffset)
        }
        $words += $text
    }
    $program = $words[0]
    $before = @($words | Select-Object -Skip 1)
    $current = ''
    if ($WordToComplete -ne '' -and $before.Count -gt 0) {
        $current = [string]$before[-1]
        $before = @($before | Select-Object -SkipLast 1)
    }
    if ($before -contains '--') { return }
    # older versions drop an empty argument on its way to a program
    if ($current -eq '' -and $PSVersionTable.PSVersion -lt [version]'7.3') { $current = '""' }
    $answer = @(& $program __complete @before $current 2>$null)
    if ($answer.Count -lt 1) { return }
    $directive = [int]($answer[-1].TrimStart(':'))
    $flag = ''
    if ($current -match '^(-[^=]*=)') { $flag = $Matches[1] }
    foreach ($line in @($answer | Select-Object -SkipLast 1)) {
        if ($line -eq '') { continue }
        $value, $text = $line -split "\`t", 2
        if (-not $text) { $text = $value }
        $insert = $flag + $value
        if ($insert -match "[\\s'\`"(){};,&|<>@#\$]") { $insert = "'" + ($insert -replace "'", "''") + "'" }
        if (($directive -band 2) -eq 0) { $insert += ' ' }
        [System.Management.Automation.CompletionResult]::new($insert, $value, 'ParameterValue', $text)
    }
    if ($answer.Count -eq 1 -and ($directive -band 4) -ne 0) {
        # an empty result would fall back to files
        [System.Management.Automation.CompletionResult]::new($WordToComplete + ' ', ' ', 'Text', ' ')
    }
}
`;
}
