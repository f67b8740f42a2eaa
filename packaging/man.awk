# The text of a program's --help as a manual page's sections. Variables: part = "page" (a program: NAME and SYNOPSIS come
# first) or "command" (a subcommand of one, whose name is in `name`).
function escape(text) {
  gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text)
  return text
}
# A line of text: one that begins with a dot or an apostrophe would be an order to the typesetter.
function put(text) { print (text ~ /^[.']/ ? "\\&" : "") escape(text) }
function mode(wanted) { # "verbatim" keeps lines as they are
  if (now == "verbatim" && wanted != now) print ".fi"
  if (wanted == "verbatim" && now != wanted) print ".PP\n.nf"
  now = wanted
}
function option(line,    tag, rest) {
  match(line, /^(-., )?--[a-z0-9-]+/)
  tag = substr(line, 1, RLENGTH); rest = substr(line, RLENGTH + 1)
  if (rest ~ /^ [^ ]/) { # its value
    match(rest, /^ [^ ]+/); tag = tag substr(rest, 1, RLENGTH); rest = substr(rest, RLENGTH + 1)
  }
  sub(/^ +/, "", rest)
  mode("option")
  print ".TP\n.B " escape(tag)
  if (rest != "") put(rest)
}
NR == 1 && part == "page" {
  split($0, head, ": "); if (head[2] == "") head[2] = "measure the parts of a trial on this machine"
  sub(/^Usage: /, "", head[1]); sub(/ .*/, "", head[1])
  print ".SH NAME"; print escape(head[1]) " \\- " escape(head[2])
  print ".SH SYNOPSIS"
  if ($0 ~ /^Usage: /) { mode("verbatim"); put(substr($0, 8)); mode("text"); print ".SH DESCRIPTION"; described = 1 }
  next
}
NR == 1 { print ".SH SUBCOMMAND " toupper(name); mode("verbatim"); put($0); mode("text"); described = 1; next }
/^ *$/ { blank = 1; if (now != "option") mode("text"); next }
{
  indent = match($0, /[^ ]/) - 1; line = substr($0, indent + 1)
  after_blank = blank; blank = 0
}
function is_option(line) { return line ~ /^(-., )?--[a-z0-9-]+/ && line !~ /^--[^ ]+( [A-Za-z]+)?, --/ }
!described && indent == 2 && is_option(line) { mode("text"); print ".SH OPTIONS"; described = 1 }
!described && indent > 0 { mode("verbatim"); put(line); next }
!described { mode("text"); print ".SH DESCRIPTION"; described = 1 }
indent == 2 && is_option(line) { option(line); next }
now == "option" && indent >= 8 && !after_blank { put(line); next }
indent > 0 { mode("verbatim"); put(line); next }
/:$/ && length($0) < 70 && after_blank { mode("text"); print (part == "page" ? ".SH " toupper(substr($0, 1, length($0) - 1)) : ".SS " substr($0, 1, length($0) - 1)); next }
/^Parameters \(/ {
  mode("text")
  if (!parameters++) print ".SH PARAMETERS"
  sub(/^Parameters \(/, ""); sub(/\)$/, "")
  print ".SS " escape(toupper(substr($0, 1, 1)) substr($0, 2))
  next
}
{ if (now != "text" || after_blank) { mode("text"); print ".PP" } put($0) }
END { mode("text") }
