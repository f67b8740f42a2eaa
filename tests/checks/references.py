#!/usr/bin/env python3
"""Do the references of pages and comments lead somewhere, and are pages at most 120 columns wide? Looked at are, in pages (*.md), comments, and strings of programs:
- pages: `X.md` (beside the file, in the top folder or in docs), `X.md section 4`, `section 4 of X.md`, `X.md, "Title"`;
  in a page with numbered headings also `section 4` alone;
- links, pictures and their anchors in pages;
- files of the program: a path that begins with src, include, tests, ... in pages and comments (patterns and braces are
  expanded; <thing> and NAME stand for anything), names of sources in pages, names of C files in comments.
Usage: tests/checks/references.py [FOLDER OF THE PROJECT]. One line "file:line: what" per finding; exit 1 if there is one."""
import bisect
import fnmatch
import glob
import os
import re
import sys

ROOT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FOLDERS = "src include tests scripts docs jobs inputs examples".split()
COLUMNS = 120  # so that terminals, editors and diffs show lines of pages whole
PLANTS = {"tests/cli/references.sh", "tests/cli/layers.sh"}  # tests that write broken references
READ = (".md", ".c", ".h", ".sh", ".py", ".ini", ".sbatch")

NUMBERS = r"sections?\s+(\d+(?:\.\d+)*(?:(?:,| and| to)\s+\d+(?:\.\d+)*)*)\b(?!\s+x\b)"
PAGE = re.compile(r"(?<![\w/.*-])((?:[\w.-]+/)*[\w-]+\.md)\b")
AFTER_PAGE = re.compile(r"(?:'s)?[`\])]*(?:\([^)]*\))?,?\s+" + NUMBERS)
TITLE_AFTER_PAGE = re.compile(r"[`\])]*(?:\([^)]*\))?\)?,\s+\"([^\"]+)\"")
BEFORE_PAGE = re.compile(NUMBERS + r"\s+of\s+[`\[]*$")
ALONE = re.compile(r"(?<!paper )(?<!'s )\b" + NUMBERS + r"(?! of the paper)", re.I)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"|^\[[^\]]+\]:\s+(\S+)", re.M)
HEADING = re.compile(r"^#+\s+(.*?)\s*$", re.M)
PATH = re.compile(r"(?<![\w/.$*}-])((?:src|include|tests|scripts|docs|jobs|examples)/[\w./{},*<>-]*)")
SOURCE_NAME = re.compile(r"`([\w{},*-]+\.(?:c|h|sh|py))`")
C_NAME = re.compile(r"(?<![\w/.<\"*}-])([a-z][a-z0-9_]*\.[ch])\b(?!\")")
FOREIGN = set("mpi.h hdf5.h cblas.h omp.h zlib.h png.h stdio.h math.h unistd.h matio.h fenv.h".split())

findings = []


def files():
    for name in sorted(os.listdir(ROOT)):
        if name == "Makefile" or name.endswith(READ):
            yield name
    for folder in FOLDERS:
        for place, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in sorted(names):
                if name.endswith(READ):
                    yield os.path.relpath(os.path.join(place, name), ROOT)


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8", errors="replace") as file:
        return file.read()


def blank(text, pattern, flags=0):
    """What matches becomes blanks, so that places in the text stay."""
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=flags)


def comments(name, text):
    """The text with everything but comments blanked; pages are all comment."""
    if name.endswith(".md"):
        return text
    if name.endswith((".c", ".h")):
        token = r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|[^/\"']+|."
        keep = "/"
    else:
        token = r"(?:(?<=\s)|(?<![\s\S]))#[^\n]*|\"\"\".*?\"\"\"|[^#\"]+|."
        keep = ("#", '"""')
    parts = (m.group() for m in re.finditer(token, text, re.S))
    return "".join(p if p.startswith(keep) and len(p) > 1 else re.sub(r"[^\n]", " ", p) for p in parts)


def flat(text):
    """One line, so that a reference may go on in the next line of a comment."""
    text = re.sub(r"\n[ \t]*(?:\*(?!/)|//|#|>)?[ \t]*", lambda m: " " * len(m.group()), text)
    return text


class Page:
    """What can be referred to in a page."""

    def __init__(self, text):
        everything, text = text, blank(text, r"^```.*?^```", re.M | re.S)
        self.headings = HEADING.findall(text)
        self.numbers = {m.group(1) for h in self.headings if (m := re.match(r"(\d+(?:\.\d+)*)\.?\s", h))}
        self.titles = [re.sub(r"^\d+(?:\.\d+)*\.?\s+", "", h) for h in HEADING.findall(everything)]
        self.titles += re.findall(r"^(?:- )?\*\*(.*?)\*\*", text, re.M)
        self.anchors = set()
        for heading in self.headings:
            slug = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
            twin, number = slug, 0
            while twin in self.anchors:
                number += 1
                twin = f"{slug}-{number}"
            self.anchors.add(twin)
        self.anchors.update(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))


texts = {name: read(name) for name in files()}
pages = {name: Page(text) for name, text in texts.items() if name.endswith(".md")}
basenames = {os.path.basename(f) for folder in FOLDERS for _, _, names in os.walk(os.path.join(ROOT, folder)) for f in names}


def find_page(reader, page):
    for base in (os.path.dirname(reader), "", "docs"):
        name = os.path.normpath(os.path.join(base, page))
        if name in pages:
            return name
    return None


def braces(pattern):
    m = re.search(r"\{([^{}]*)\}", pattern)
    if not m:
        return [pattern]
    return [p for part in m.group(1).split(",") for p in braces(pattern[: m.start()] + part + pattern[m.end():])]


def stands_for_any(name):
    return "<" in name or "..." in name or re.search(r"(?<![A-Z])[A-Z]{2,}|\b[A-Z]\b", name.replace("README", ""))


def check_pages(name, text, commented, report):
    used = []
    for m in PAGE.finditer(text):
        if m.group(1) in ("X.md", "NAME.md"):
            continue
        after, before = AFTER_PAGE.match(text, m.end()), BEFORE_PAGE.search(text[max(0, m.start() - 60): m.start()])
        link = re.match(r"[`]?\]\(([^)#]+\.md)", text[m.end(): m.end() + 200])
        page = find_page(name, link.group(1) if link else m.group(1))
        if page is None:
            report(m.start(), f"there is no page {m.group(1)}")
        for found, start in ((after, m.start()), (before, max(0, m.start() - 60))):
            if not found:
                continue
            used.append((start, m.end() + 80))
            for number in re.findall(r"\d+(?:\.\d+)*", found.group(1)):
                if page is not None and number not in pages[page].numbers:
                    report(m.start(), f"{page} has no section {number}")
        title = TITLE_AFTER_PAGE.match(commented, m.end())  # in a string, quotes are its own
        if title and page is not None:
            wanted = re.sub(r"\s+", " ", title.group(1))
            if not any(t.startswith(wanted) for t in pages[page].titles):
                report(m.start(), f'{page} has no section "{wanted}"')
    if name in pages and pages[name].numbers:
        for m in ALONE.finditer(text):
            if any(a <= m.start() <= b for a, b in used):
                continue
            for number in re.findall(r"\d+(?:\.\d+)*", m.group(1)):
                if number not in pages[name].numbers:
                    report(m.start(), f"this page has no section {number}")


def check_links(name, text, report):
    text = blank(blank(text, r"^```.*?^```", re.M | re.S), r"`[^`\n]*`")
    for m in LINK.finditer(text):
        target = next(g for g in m.groups() if g)
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        goal = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
        if not os.path.exists(os.path.join(ROOT, goal)):
            report(m.start(), f"the link {target} leads nowhere")
        elif anchor and goal in pages and anchor not in pages[goal].anchors:
            report(m.start(), f"{goal} has no anchor #{anchor}")


def check_files(name, text, report):
    for m in PATH.finditer(text):
        path = m.group(1).rstrip(".,-")
        if path.endswith(".md"):
            continue
        for one in braces(path) if path.count("{") == path.count("}") else [path]:
            if not glob.glob(os.path.join(ROOT, one)) and not stands_for_any(one):
                report(m.start(), f"there is no {one}")
    pattern = SOURCE_NAME if name.endswith(".md") else C_NAME if name.endswith((".c", ".h")) else None
    for m in pattern.finditer(text) if pattern else ():
        for one in braces(m.group(1)):
            if not fnmatch.filter(basenames, one) and not stands_for_any(one) and one not in FOREIGN:
                report(m.start(), f"there is no file {one}")


for name, text in texts.items():
    if name in PLANTS:
        continue
    starts = [m.start() + 1 for m in re.finditer("\n", text)]
    seen = set()

    def report(place, what):
        line = bisect.bisect_right(starts, place) + 1
        if (line, what) not in seen:
            seen.add((line, what))
            findings.append((name, line, what))

    plain = blank(text, r"[a-z]+://[^\s)>\"]+|\\n")
    commented = comments(name, plain)
    if name.endswith(".sh"):  # other names outside comments are files that a script makes
        for m in re.finditer(r"\$\{?TOP\}?\"?/([\w./-]+\.md)", plain):
            if m.group(1) not in pages:
                report(m.start(), f"there is no page {m.group(1)}")
    check_pages(name, flat(commented if name.endswith(".sh") else plain), flat(commented), report)
    if name.endswith(".md"):
        check_links(name, text, report)
        for start, line in zip([0] + starts, text.split("\n")):
            if len(line) > COLUMNS:
                report(start, f"{len(line)} columns: at most {COLUMNS}")
    if name != "CHANGELOG.md":  # what was called so once
        check_files(name, commented, report)

for name, line, what in sorted(findings):
    print(f"{name}:{line}: {what}")
sys.exit(1 if findings else 0)
