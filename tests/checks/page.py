"""Check a folder that `fal_report -o` wrote: every number of every table and figure against the JSON inside the page, and
that the page is one valid file that asks nobody for anything. Only Python's own modules; html5lib where it is there.

    page.py [--mutations] FOLDER ...

With --mutations the check itself is checked: each of many small changes of the first folder must be noticed.
"""
import csv
import io
import json
import math
import os
import re
import sys
import xml.etree.ElementTree as xml

import page_figures
import page_tree

SCRIPT_MOST = 6000
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
LOADING = {"src", "srcset", "action", "formaction", "poster", "ping", "background", "data", "codebase", "cite", "manifest",
           "icon", "usemap", "xlink:href", "profile", "longdesc", "lowsrc", "dynsrc", "srcdoc", "http"}
LOOKS_LIKE_NUMBER = re.compile(r"[-+±<>~ ]*\d+([.,]\d+)?(e[-+]?\d+)?\s*%?( ?[±\[].*)?")
# Columns that do not depend on the strategy: one for all.
OF_ALL = {("classes", "held"), ("classes", "held_percent"), ("classes", "class")}


def clean(text):
    return " ".join(text.split())


# ---- the page as HTML ---------------------------------------------------------------------------------------------

def check_valid(text):
    try:
        import html5lib
    except ImportError:
        return []
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    parser.parse(text)
    return [f"not valid HTML at {at}: {code} {values}" for at, code, values in parser.errors[:10]]


def check_alone(root, text):
    errors = []
    metas = [n.attrs.get("content") for n in root.all("meta")
             if (n.attrs.get("http-equiv") or "").lower() == "content-security-policy"]
    if metas != [POLICY]:
        errors.append(f"content security policy: {metas}")
    scripts = ["".join(n.children) for n in root.all("script") if n.attrs.get("type") != "application/json"]
    if len(scripts) != 1 or not 0 < len(scripts[0].encode()) <= SCRIPT_MOST:
        errors.append(f"scripts of {[len(s.encode()) for s in scripts]} bytes, not one of at most {SCRIPT_MOST}")
    for node in root.all():
        for name, value in node.attrs.items():
            value = value or ""
            if name.startswith("on") or (name in LOADING and not (node.tag, name) == ("meta", "http-equiv")):
                errors.append(f"{node} has {name}")
            if name == "href" and not (value.startswith("#") or value.startswith("data:image/png;base64,")):
                errors.append(f"{node} leads out of the page")
            if "javascript:" in value.lower():
                errors.append(f"{node} runs something")
        if node.tag in {"link", "base", "iframe", "object", "embed", "foreignobject", "frame", "applet", "use", "set", "animate"}:
            errors.append(f"{node} does not belong here")
        if node.tag == "meta" and (node.attrs.get("http-equiv") or "").lower() == "refresh":
            errors.append("the page goes elsewhere by itself")
    for style in ["".join(n.children) for n in root.all("style")] + [n.attrs["style"] for n in root.all() if "style" in n.attrs]:
        if re.search(r"@import|url\(|expression\(", style) or style.count("{") != style.count("}"):
            errors.append("a style loads something, or its braces do not match")
    raw = text.split('id="data">', 1)[-1]
    if raw.count("</script") != 2 or "<!--" in raw:
        errors.append("something in the JSON ends its element")
    return errors


def check_structure(root):
    errors = []
    ids = [n.attrs["id"] for n in root.all() if "id" in n.attrs]
    errors += [f"the id {i} stands {ids.count(i)} times" for i in sorted(set(ids)) if ids.count(i) > 1]
    html = [n for n in root.all("html")]
    if len(html) != 1 or not html[0].attrs.get("lang"):
        errors.append("no language is named")
    titles = [n.text() or "".join(n.children) for n in root.all("title") if n.parent.tag == "head"]
    if len(titles) != 1 or not titles[0].strip():
        errors.append(f"titles: {titles}")
    if len(list(root.all("main"))) != 1:
        errors.append("there is not one <main>")
    level = 0
    for head in root.all("h1", "h2", "h3", "h4", "h5", "h6"):
        now = int(head.tag[1])
        if now > level + 1 or (now == 1) != (level == 0):
            errors.append(f"{head} {clean(head.text())} follows a heading of level {level}")
        if not clean(head.text()):
            errors.append(f"{head} is empty")
        level = now
    for link in root.all("a"):
        if link.attrs.get("href", "")[1:] not in ids:
            errors.append(f"{link} leads nowhere")
    for section in root.all("section"):
        if "id" not in section.attrs or len([c for c in section.children if isinstance(c, page_tree.Node) and c.tag == "h2"]) != 1:
            errors.append(f"{section} has no id, or not one heading")
    for svg in root.all("svg"):
        if not any(n.tag == "svg" for n in svg.above()) and not (
                svg.attrs.get("role") == "img" and clean(svg.attrs.get("aria-label") or "")):
            errors.append(f"{svg} says nothing to a screen reader")
    for details in root.all("details"):
        first = next((c for c in details.children if isinstance(c, page_tree.Node)), None)
        if first is None or first.tag != "summary" or not clean(first.text()):
            errors.append(f"{details} does not begin with a summary")
    for control in root.all("select", "input", "textarea"):
        if not any(n.tag == "label" and clean(n.text()) for n in control.above()) and "aria-label" not in control.attrs:
            errors.append(f"{control} has no label")
    for button in root.all("button"):
        if button.attrs.get("type") not in ("button", "submit") or not clean(button.text()):
            errors.append(f"{button} has no type or no text")
    errors += [f"{i} has no alternative text" for i in root.all("img") if "alt" not in i.attrs]
    return errors


# ---- tables -------------------------------------------------------------------------------------------------------

def row_texts(row):
    return [clean(c.text()) for c in row.all("th", "td")]


class Table:
    def __init__(self, table, tables):
        self.table, self.tables, self.errors, self.checked = table, tables, [], 0
        self.rows = list(table.all("tr"))
        captions = list(table.all("caption"))
        self.caption = clean(captions[0].text()) if captions else ""
        self.head_cells = list(self.rows[0].all("th", "td")) if self.rows else []
        self.heads = row_texts(self.rows[0]) if self.rows else []

    def fail(self, text):
        self.errors.append(f'table "{self.caption[:60]}": {text}')

    def check_form(self):
        if not self.caption or not [n for n in self.table.all("thead")] or not [n for n in self.table.all("tbody")]:
            self.fail("no caption, head or body")
        for row in self.rows:
            cells = [c for c in row.children if isinstance(c, page_tree.Node)]
            if len(cells) != len(self.heads):
                self.fail(f"a row of {len(cells)} cells under {len(self.heads)} heads")
            in_head = row.parent.tag == "thead"
            for cell in cells:
                if cell.tag == "th" and cell.attrs.get("scope") != ("col" if in_head else "row"):
                    self.fail(f"{cell} has no scope")
                if in_head and cell.tag != "th":
                    self.fail(f"{cell} in the head")
            if cells and cells[0].tag != "th":
                self.fail(f"a row without a heading: {row_texts(row)[:3]}")

    def check_heads(self):
        """A head that is called like a column is of this column."""
        for head in self.head_cells:
            frame, of = self.table.attrs.get("data-f"), head.attrs.get("data-c")
            names = [c["name"].replace("_", " ") for c in self.tables.tables[frame]["columns"]] if frame else []
            text = clean(head.text())
            if of is not None and text in names and self.heads.count(text) == 1 and names[int(of)] != text:
                self.fail(f"the numbers below {text} are {names[int(of)]}")

    def check_cell(self, cell, column, texts):
        said = cell.text()
        references = page_tree.references(cell, self.head_cells[column])
        for frame, of, row in references:
            try:
                shown = self.tables.shown(frame, of, row)
            except (KeyError, IndexError, ValueError):
                self.fail(f"{cell} {said!r} refers to nothing: {frame}, column {of}, row {row}")
                continue
            self.checked += 1
            if not said.startswith(shown):
                self.fail(f"a cell says {said!r}, but {frame}, column {of}, row {row} is {shown!r}")
            said = said[len(shown):]
            said = said[2:] if said.startswith(" ±") else said
            if (frame, self.tables.column(frame, of)["name"]) not in OF_ALL:
                self.check_place(frame, row, cell, column, texts)
        if references and any(c.isdigit() for c in said):
            self.fail(f"a cell says {cell.text()!r}: {said!r} is more than its number")
        if cell.tag == "td" and not references and LOOKS_LIKE_NUMBER.fullmatch(clean(said) or "-"):
            self.fail(f"a number without a source: {cell.text()!r}")

    def check_place(self, frame, row, cell, column, texts):
        """What the row of the JSON is about is what the cell's row and column are about."""
        for key, name in self.tables.names(frame, row).items():
            name = clean(name)
            if key == "setting":
                section = self.table.near("data-setting")
                if section is None or clean(section) != name:
                    if not any(name[:40] in t for t in [self.heads[column], *texts]):
                        self.fail(f"{cell}: {frame} row {row} is of the setting {name}")
            elif key in ("strategy", "other", "winner", "loser", "category"):
                heads = [self.heads[column], *texts]
                if cell.tag == "td" and not any(name == h or h.startswith(name + ":") for h in heads):
                    self.fail(f"{cell} under {self.heads[column]}: {frame} row {row} is of {key} {name}")

    def check_rounds(self, row):
        """A row that says its AL round holds numbers of that AL round."""
        rounds = set()
        for head, cell in zip(self.head_cells, row.all("th", "td")):
            for frame, _, at in page_tree.references(cell, head):
                names = [c["name"] for c in self.tables.tables[frame]["columns"]]
                if frame == "accuracy" and self.heads[0] == "AL round":
                    rounds.add(self.tables.value(frame, names.index("al_round"), at))
        if len(rounds) > 1:
            self.fail(f"a row holds numbers of AL rounds {sorted(rounds)}")

    def check(self):
        self.check_form()
        self.check_heads()
        for row in self.rows:
            texts = row_texts(row)
            for column, cell in enumerate(row.all("th", "td")):
                self.check_cell(cell, min(column, len(self.heads) - 1), texts)
            if row.parent.tag == "tbody" and not self.errors:
                self.check_rounds(row)


def check_tables(root, tables):
    errors, checked, texts = [], 0, set()
    for element in root.all("table"):
        table = Table(element, tables)
        table.check()
        errors += table.errors
        checked += table.checked
        texts.add((table.caption, tuple(tuple(row_texts(r)) for r in table.rows)))
    return errors, checked, texts


# ---- files beside the page ----------------------------------------------------------------------------------------

def check_csv(name, content, table):
    rows = list(csv.reader(io.StringIO(content, newline="")))
    columns = table["columns"]
    if rows[0] != [c["name"] for c in columns]:
        return [f"{name}: columns {rows[0]}"]
    if len(rows) - 1 != len(columns[0]["values"]) or any(len(r) != len(columns) for r in rows):
        return [f"{name}: {len(rows) - 1} rows, the JSON has {len(columns[0]['values'])}"]
    errors = []
    for k, column in enumerate(columns):
        for r, value in enumerate(column["values"]):
            found = rows[r + 1][k]
            if "levels" in column:
                value = column["levels"][value]
            same = (found == "" if value is None else found == value if isinstance(value, str)
                    else found != "" and float(found) == value)
            if not same:
                errors.append(f"{name}: row {r}, {column['name']}: {found!r}, but the JSON has {value!r}")
    return errors[:5]


def check_svg(name, content):
    """Well-formed, alone, and the same elements as it has: returned to be looked up among the page's figures."""
    if re.search(r"<!(DOCTYPE|ENTITY)|<\?xml-stylesheet", content):
        return [f"{name}: a document type"], None
    try:
        root = xml.fromstring(content)
    except xml.ParseError as e:
        return [f"{name}: {e}"], None
    errors = []
    for element in root.iter():
        tag = element.tag.rsplit("}", 1)[-1].lower()
        if tag in {"script", "foreignobject", "use", "animate", "set", "iframe", "a", "handler"}:
            errors.append(f"{name}: <{tag}>")
        if tag == "style" and re.search(r"@import|url\(", element.text or ""):
            errors.append(f"{name}: its style loads something")
        for key, value in element.attrib.items():
            key = key.rsplit("}", 1)[-1].lower()
            if key.startswith("on") or (key in ("href", "src") and not value.startswith("data:image/png;base64,")):
                errors.append(f"{name}: <{tag} {key}={value[:40]!r}>")
    return errors, tuple(drawn((e.tag.rsplit("}", 1)[-1].lower(), e.attrib, "") for e in root.iter()))


def drawn(elements):
    """Where what is drawn stands, without what only a file or only a page has."""
    for tag, attributes, _ in elements:
        if tag in ("circle", "path", "rect", "line", "text") and attributes.get("class") != "ground":
            yield (tag, *(attributes.get(k) for k in ("class", "d", "x", "y", "cx", "cy", "x1", "y1", "width", "height",
                                                      "transform")))


TEX = [(r"\textbackslash{}", "\\"), (r"\textasciitilde{}", "~"), (r"\textasciicircum{}", "^"), (r"\textless{}", "<"),
       (r"\textgreater{}", ">"), (r"$\pm$ ", "±"), ("$-$", "-")]


def tex_plain(text):
    text = re.sub(r"^\\(?:textbf|underline)\{(.*?)\}", r"\1", text.strip())
    out, at = "", 0
    while at < len(text):
        for tex, plain in TEX:
            if text.startswith(tex, at):
                out, at = out + plain, at + len(tex)
                break
        else:
            at += text[at] == "\\" and at + 1 < len(text)
            out, at = out + text[at], at + 1
    return clean(out)


def check_tex(name, content, texts):
    errors = []
    bare = content.replace("\\\\", "").replace("\\{", "").replace("\\}", "")
    if bare.count("{") != bare.count("}"):
        errors.append(f"{name}: braces")
    if re.findall(r"\\begin\{(\w+)\}", content)[::-1] != re.findall(r"\\end\{(\w+)\}", content):
        errors.append(f"{name}: begin and end")
    spec = re.search(r"\\begin\{tabular\}\{([lrc]+)\}", content)
    caption = re.search(r"\\caption\{(.*)\}\n", content)
    lines = [l[:-3] for l in content.split("\n") if l.endswith(" \\\\")]
    rows = [re.split(r"(?<!\\)&", l) for l in lines]
    if spec is None or caption is None or any(len(r) != len(spec.group(1)) for r in rows):
        return errors + [f"{name}: columns"]
    table = (tex_plain(caption.group(1)), tuple(tuple(tex_plain(c) for c in r) for r in rows))
    if table not in texts:
        errors.append(f"{name}: no table of the page has these cells")
    return errors


def check_files(files, data, root, texts):
    errors = []
    tables = data["tables"]
    figures = {tuple(drawn((e.tag, e.attrs, "") for e in s.all())) for s in root.all("svg")
               if not any(n.tag == "svg" for n in s.above())}
    for frame in tables:
        if f"{frame}.csv" not in files:
            errors.append(f"{frame}.csv is missing")
    for name, content in sorted(files.items()):
        frame = name.rsplit(".", 1)[0]
        if name.endswith(".csv") and frame in tables:
            errors += check_csv(name, content, tables[frame])
        elif name.endswith(".csv"):
            rows = list(csv.reader(io.StringIO(content, newline="")))
            if len({len(r) for r in rows}) != 1:
                errors.append(f"{name}: rows of different lengths")
        elif name.endswith(".svg"):
            found, shape = check_svg(name, content)
            errors += found
            if shape is not None and shape not in figures:
                errors.append(f"{name}: no figure of the page has these marks")
        elif name.endswith(".tex"):
            errors += check_tex(name, content, texts)
    return errors


# ---- all of it ----------------------------------------------------------------------------------------------------

def check_page(files, valid=True):
    """(errors, what was counted) of a folder as {name: text}; without `valid` not by html5lib, which takes its time."""
    text = files.get("report.html", "")
    root, data, errors = page_tree.read(text)
    if data is None:
        return errors, ""
    data, raw = data
    if raw.strip() != files.get("report.json", "").strip():
        errors.append("report.json is not the JSON of the page")
    if data.get("format") != "fal-report" or not data.get("tables"):
        errors.append("the JSON is of something else")
    for frame, table in data["tables"].items():
        if len({len(c["values"]) for c in table["columns"]}) != 1:
            errors.append(f"{frame} has columns of different lengths")
    verdict = [n for n in root.all("div") if n.has("verdict")]
    if len(verdict) != 1 or [clean(p.text()) for p in verdict[0].all("p")] != [clean(l) for l in data["verdict"].splitlines()]:
        errors.append("the verdict is not the JSON's")
    tables = page_tree.Tables(data)
    errors += (check_valid(text) if valid else []) + check_alone(root, text) + check_structure(root)
    found, cells, texts = check_tables(root, tables)
    errors += found
    found, marks, figures = page_figures.check(root, tables)
    errors += found
    errors += check_files(files, data, root, texts)
    if cells == 0 or marks == 0:
        errors.append("no number was checked")
    return errors, f"{cells} numbers in {len(texts)} tables, {marks} of {figures} figures, {len(files)} files"


def read_folder(folder):
    files = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                files[os.path.relpath(path, folder)] = f.read().decode("utf-8", "strict")
    return files


def main():
    arguments = [a for a in sys.argv[1:] if a != "--mutations"]
    failed = False
    try:
        import html5lib  # noqa: F401
    except ImportError:
        print("skipped: html5lib is not there, so nobody says whether the page is valid HTML")
    for folder in arguments:
        errors, counted = check_page(read_folder(folder))
        for error in errors[:30]:
            print(f"{folder}: {error}")
        print(f"{folder}: {len(errors)} errors; {counted}")
        failed = failed or bool(errors)
    if "--mutations" in sys.argv and not failed:
        import page_mutations
        failed = page_mutations.run(read_folder(arguments[0]), lambda files: check_page(files, False))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
