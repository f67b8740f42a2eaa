"""Checks the check of report pages: a small change to a folder that is right must be noticed."""
import re



def replaced(name, pattern, new, at=0):
    """A change of the first match (or of match number `at`) in one file."""
    def change(files):
        matches = list(re.finditer(pattern, files[name], re.DOTALL))
        assert len(matches) > at, f"nothing like {pattern} in {name}"
        m = matches[at]
        text = new(m) if callable(new) else m.expand(new)
        assert text != m.group(0), f"{pattern} changes nothing in {name}"
        return {**files, name: files[name][:m.start()] + text + files[name][m.end():]}
    return change


def other_digit(m):
    """The last digit of the match becomes another."""
    text = m.group(0)
    at = max(i for i, c in enumerate(text) if c.isdigit())
    return text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1:]


def moved(m):
    return m.group(1) + "%.1f" % (float(m.group(2)) + 3)


def gone(name):
    return lambda files: {k: v for k, v in files.items() if k != name}


PAGE = "report.html"
CHANGES = {
    "a cell": replaced(PAGE, r'<table data-f="accuracy"[^>]*>.*?<td[^>]*>\d+\.\d+', other_digit),
    "a deviation": replaced(PAGE, r"<small>\d+\.\d+<", other_digit, 3),
    "a cell of another strategy": replaced(PAGE, r'<table data-f="accuracy"[^>]*>.*?<td[^>]* data-v=\d+', other_digit),
    "a row of another pair": replaced(PAGE, r'<tr data-r=\d+', other_digit),
    "a column of another kind": replaced(PAGE, r'<table data-f="aulc"[^>]*>.*?data-c=\d+', other_digit),
    "a cell without a source": replaced(PAGE, r'<td( class=\w+)? data-v=[\d.]+>', r"<td\1>"),
    "a source that is not there": replaced(PAGE, r"data-r=\d+", "data-r=999999"),
    "one number more": replaced(PAGE, r'<td data-v=[\d.]+>\d', r"\g<0>0"),
    "a circle": replaced(PAGE, r'(<circle class="mark" cx="[^"]*" cy=")([^"]*)', moved, 2),
    "a circle sideways": replaced(PAGE, r'(<circle class="mark" cx=")([^"]*)', moved, 5),
    "a circle left out": replaced(PAGE, r'<circle class="mark"[^>]*data-v="diversity[^>]*>.*?</circle>', "", 1),
    "a tooltip": replaced(PAGE, r"<title>[^<]*: \d+(\.\d+)?, \d+\.\d+</title></circle>", other_digit),
    "a point of a line": replaced(PAGE, r'(<path class="line" data-rows="[^"]*" d="M[\d.]* [\d.]*L[\d.]* )([\d.]*)', moved),
    "a point of a band": replaced(PAGE, r'(<path class="band" data-rows="[^"]*" d="M[\d.]* )([\d.-]*)', moved),
    "a seed's line": replaced(PAGE, r'(<path class="thin" data-rows="[^"]*" d="M[\d.]* )([\d.-]*)', moved),
    "an axis": replaced(PAGE, r'data-y1="(\d+)', other_digit),
    "an interval": replaced(PAGE, r'(<path class="interval" data-v="[^"]*" d="M)([\d.]*)', moved),
    "an estimate": replaced(PAGE, r'<text class="value"[^>]*aulc_against[^>]*>[^<]*', other_digit),
    "a bar": replaced(PAGE, r'(<rect class="bar" x="[^"]*" y="[^"]*" width=")([\d.]*)', moved, 1),
    "a number in a heat map": replaced(PAGE, r'<text class="(?:on|over)"[^>]*data-v="[^>]*>\d+', other_digit),
    "the JSON": replaced(PAGE, r'"name":"accuracy_percent",[^\]]*"values":\[\d+\.\d+', other_digit),
    "report.json": replaced("report.json", r'"values":\[\d+\.\d+', other_digit),
    "a CSV value": replaced("accuracy.csv", r"\n[^\n]*,\d+\.\d{4,}(?=,)", other_digit),
    "a CSV row": replaced("winning_rate.csv", r"\n[^\n]*\n$", "\n"),
    "a CSV file": gone("seeds.csv"),
    "a mark in a file": replaced("svg/curves_1.svg", r'(<circle class="mark" cx=")([^"]*)', moved),
    "a file that is no XML": replaced("svg/curves_1.svg", r"</svg>", "</sv>"),
    "a script in a file": replaced("svg/curves_1.svg", r"</svg>\s*$", "<script>1</script></svg>"),
    "a LaTeX number": replaced("tex/accuracy_1.tex", r"\d\.\d\d \$", other_digit),
    "a LaTeX brace": replaced("tex/accuracy_1.tex", r"\\textbf\{[^}]*\}", lambda m: m.group(0)[:-1]),
    "an address": replaced(PAGE, r"<h2>", '<img alt="" src="https://example.org/x.png"><h2>'),
    "a handler": replaced(PAGE, r"<h2>", '<h2 onclick="alert(1)">'),
    "no policy": replaced(PAGE, r"default-src 'none'; ", "default-src *; "),
    "a long script": replaced(PAGE, r"</script>\n</body>", "//" + "x" * 6000 + r"</script>\n</body>"),
    "a heading's level": replaced(PAGE, r"<h2>([^<]*)</h2>", r"<h3>\1</h3>", 1),
    "an id twice": replaced(PAGE, r"<h2>", '<h2 id="pairs">'),
    "a link to nothing": replaced(PAGE, r'href="#pairs"', 'href="#pear"'),
    "a table without a caption": replaced(PAGE, r"<caption>[^<]*</caption>", ""),
    "a heading without a scope": replaced(PAGE, r'<th scope=row>', "<th>"),
    "an element that stays open": replaced(PAGE, r"</details>", "", 1),
    "an end in the JSON": replaced(PAGE, r'"verdict":"', '"verdict":"</script>'),
    "a number of the verdict": replaced(PAGE, r'<div class="verdict">\s*<p>[^<]*\d\.\d', other_digit),
}


def run(files, check):
    """Whether one went by."""
    unnoticed = []
    for name, change in CHANGES.items():
        errors, _ = check(change(files))
        if not errors:
            unnoticed.append(name)
    print(f"{len(CHANGES)} changes, {len(CHANGES) - len(unnoticed)} noticed")
    for name in unnoticed:
        print(f"not noticed: {name}")
    return bool(unnoticed)
