"""What the checks of a report page share: the page as a tree, and the numbers of its JSON as the page shows them."""
import html.parser
import json
import math

VOID = {"meta", "link", "br", "hr", "img", "input", "col", "wbr", "base", "area", "embed", "source", "track"}


class Node:
    def __init__(self, tag, attrs, parent):
        self.tag, self.attrs, self.parent, self.children = tag, attrs, parent, []

    def __repr__(self):
        return "<" + " ".join([self.tag] + [f'{k}="{str(v)[:60]}"' for k, v in self.attrs.items()]) + ">"

    def has(self, name):
        """Whether it has this class."""
        return name in (self.attrs.get("class") or "").split()

    def all(self, *tags):
        """Elements below it, in the page's order; all of them without tags."""
        for child in self.children:
            if isinstance(child, Node):
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)

    def above(self):
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def near(self, attribute):
        """The attribute of this element, or of the nearest one around it."""
        for node in [self, *self.above()]:
            if attribute in node.attrs:
                return node.attrs[attribute]
        return None

    def text(self):
        """Its own text: without the tooltips of figures."""
        return "".join(c if isinstance(c, str) else "" if c.tag == "title" else c.text() for c in self.children)


class Tree(html.parser.HTMLParser):
    """Strict about nesting: every element that is opened is closed, in order; only cells of tables close themselves."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.root = self.at = Node("#document", {}, None)
        self.errors = []
        self.feed(text)
        self.close()
        if self.at is not self.root:
            self.errors.append(f"{self.at} is not closed")

    def add(self, tag, attrs):
        if len(dict(attrs)) != len(attrs):
            self.errors.append(f"<{tag}> has an attribute twice: {attrs}")
        node = Node(tag, dict(attrs), self.at)
        self.at.children.append(node)
        return node

    def end_cell(self, tag):
        if self.at.tag in ("td", "th") and tag in ("td", "th", "tr"):
            self.at = self.at.parent

    def handle_starttag(self, tag, attrs):
        self.end_cell(tag)
        node = self.add(tag, attrs)
        if tag not in VOID:
            self.at = node

    def handle_startendtag(self, tag, attrs):
        self.add(tag, attrs)

    def handle_endtag(self, tag):
        self.end_cell("tr" if tag == "tr" else "")
        if self.at.tag != tag:
            self.errors.append(f"</{tag}> closes {self.at}")
        else:
            self.at = self.at.parent

    def handle_data(self, text):
        self.at.children.append(text)


def references(cell, head):
    """[(frame, column, row)] of a cell's numbers: of the number itself, and of the one after it in <small>. `head`: the
    cell above all in its column. See src/report/view_text.c."""
    frame, column, row = cell.near("data-f"), head.attrs.get("data-c"), cell.parent.attrs.get("data-r")
    if "data-v" in cell.attrs:
        *said, row = cell.attrs["data-v"].split(".")
        column = said[-1] if said else column
        frame = said[0] if len(said) > 1 else frame
    if cell is head or None in (frame, column, row):
        return []
    return [(frame, int(column) + k, int(row)) for k in range(1 + len(list(cell.all("small"))))]


def number(value):
    """A value of a column as a float; NaN where it is missing."""
    return math.nan if value is None else float(value)


def show(column, value):
    """A value of a column as the page shows it."""
    how = column.get("show")
    if value is None:
        return "-"
    if "levels" in column:
        return column["levels"][value]
    if isinstance(value, str) or how is None:
        return str(value)
    if how == "p" and value < 0.001:
        return "<0.001"
    text = "%.*f" % (3 if how == "p" else how, value)
    return text.lstrip("-") if float(text) == 0 else text


class Tables:
    """The tables of the JSON."""

    def __init__(self, data):
        self.tables = data["tables"]

    def column(self, frame, column):
        columns = self.tables[frame]["columns"]
        if not 0 <= int(column) < len(columns):
            raise KeyError(column)
        return columns[int(column)]

    def value(self, frame, column, row):
        values = self.column(frame, column)["values"]
        if not 0 <= int(row) < len(values):
            raise KeyError(row)
        return values[int(row)]

    def shown(self, frame, column, row):
        return show(self.column(frame, column), self.value(frame, column, row))

    def number(self, frame, column, row):
        return number(self.value(frame, column, row))

    def rows(self, frame):
        return len(self.tables[frame]["columns"][0]["values"])

    def names(self, frame, row):
        """{column name: text} of the columns that hold names."""
        return {c["name"]: show(c, c["values"][int(row)]) for c in self.tables[frame]["columns"] if "levels" in c}


def read(text):
    """(tree, JSON, errors) of a page."""
    tree = Tree(text)
    blocks = [n for n in tree.root.all("script") if n.attrs.get("type") == "application/json"]
    errors = list(tree.errors)
    if len(blocks) != 1 or blocks[0].attrs.get("id") != "data":
        return tree.root, None, errors + [f"{len(blocks)} blocks of JSON instead of one"]
    raw = "".join(blocks[0].children)
    try:
        data = json.loads(raw, parse_constant=lambda c: errors.append(f"the JSON holds {c}"))
    except ValueError as e:
        return tree.root, None, errors + [f"the JSON does not parse: {e}"]
    return tree.root, (data, raw), errors
