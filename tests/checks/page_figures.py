"""Figures of a report page: every mark that shows a number turns back into the number of the JSON."""
import math
import re

# Places have one decimal; the width of a bar is rounded on its own.
NEAR = 0.06
NUMBERS = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"


class Figure:
    def __init__(self, svg, tables):
        self.svg, self.tables, self.errors, self.checked = svg, tables, [], 0
        self.used = {}  # source -> rows that are drawn
        series = [g for g in svg.all("g") if g.has("series")]
        self.place = {id(g): i for i, g in enumerate(series)}
        self.name = (svg.attrs.get("aria-label") or "")[:60]

    def fail(self, text):
        self.errors.append(f'figure "{self.name}": {text}')

    # ---- axes ----

    def pixel(self, axis, value):
        a = self.svg.attrs
        v0, v1, p0, p1 = (float(a[f"data-{k}"]) for k in (f"{axis}0", f"{axis}1", f"p{axis}0", f"p{axis}1"))
        if a.get(f"data-{axis}log") == "1":
            value, v0, v1 = math.log(value), math.log(v0), math.log(v1)
        return p0 + (value - v0) / (v1 - v0) * (p1 - p0)

    def near(self, mark, axis, found, value, width=NEAR):
        self.checked += 1
        if not math.isfinite(value) or abs(found - self.pixel(axis, value)) > width:
            self.fail(f"{mark} stands at {axis} = {found}, but {value} belongs elsewhere")

    # ---- references ----

    def reference(self, mark):
        """(frame, columns, row) of data-v."""
        source, row = mark.attrs["data-v"].rsplit(":", 1)
        frame, *columns = source.split(".")
        self.used.setdefault(source, set()).add(int(row))
        names = self.tables.names(frame, row)
        group = next((g for g in mark.above() if g.has("series")), None)
        if "strategy" in names and group is not None and frame not in ("cost", "categories", "gap"):
            if group.attrs.get("data-name") != names["strategy"]:
                self.fail(f"{mark} stands among {group.attrs.get('data-name')}, its row is of {names['strategy']}")
        setting = self.svg.near("data-setting")
        if "setting" in names and setting is not None and setting != names["setting"]:
            self.fail(f"{mark} is shown for {setting}, its row is of {names['setting']}")
        return frame, columns, int(row)

    def value(self, frame, column, row):
        return self.tables.number(frame, column, row)

    # ---- marks ----

    def circle(self, mark):
        frame, columns, row = self.reference(mark)
        title = "".join(c for t in mark.all("title") for c in t.children)
        if len(columns) == 5:  # an estimate with two intervals
            self.near(mark, "x", float(mark.attrs["cx"]), self.value(frame, columns[0], row))
            self.estimate(mark, title.rsplit(": ", 1)[1], frame, columns, row)
            return
        x, y = (self.value(frame, c, row) for c in columns[:2])
        self.near(mark, "x", float(mark.attrs["cx"]), x)
        self.near(mark, "y", float(mark.attrs["cy"]), y)
        if not title.endswith(": %.6g, %.4g" % (x, y)):
            self.fail(f"the tooltip {title} is not {x}, {y}")

    def path(self, mark):
        """A run of a chart's line: rows first..last; bands go back below."""
        source, first, last = mark.attrs["data-rows"].rsplit(":", 2)
        frame, *columns = source.split(".")
        rows = list(range(int(first), int(last) + 1))
        if mark.has("line"):
            self.used.setdefault(source, set()).update(rows)
        points = [(float(x), float(y)) for x, y in re.findall(f"[ML]({NUMBERS}) ({NUMBERS})", mark.attrs["d"])]
        expected = [(r, columns[1]) for r in rows]
        if mark.has("band"):
            expected = [(r, columns[3]) for r in rows] + [(r, columns[2]) for r in reversed(rows)]
        if len(points) != len(expected):
            self.fail(f"{mark} has {len(points)} points for {len(expected)} numbers")
        for (x, y), (row, column) in zip(points, expected):
            self.near(mark, "x", x, self.value(frame, columns[0], row))
            self.near(mark, "y", y, self.value(frame, column, row))

    def interval(self, mark):
        frame, columns, row = self.reference(mark)
        ends = re.fullmatch(f"M({NUMBERS}) {NUMBERS}H({NUMBERS})", mark.attrs["d"])
        for end, column in zip(ends.groups(), columns[1:3] if mark.has("interval") else columns[3:5]):
            self.near(mark, "x", float(end), self.value(frame, column, row))

    def rank(self, mark):
        frame, columns, row = self.reference(mark)
        self.near(mark, "x", float(re.match(f"M({NUMBERS}) ", mark.attrs["d"]).group(1)),
                  self.value(frame, columns[0], row))

    def column_of(self, mark, columns):
        """Bars of series k are of the k-th column."""
        group = next((g for g in mark.above() if g.has("series")), None)
        return columns[self.place[id(group)] if len(columns) > 1 and group is not None else 0]

    def bar(self, mark):
        frame, columns, row = self.reference(mark)
        value = self.value(frame, self.column_of(mark, columns), row)
        x, width = float(mark.attrs["x"]), float(mark.attrs["width"])
        self.near(mark, "x", x, min(value, 0))
        self.near(mark, "x", x + width, max(value, 0), 2 * NEAR)

    def estimate(self, mark, text, frame, columns, row):
        values = [self.value(frame, c, row) for c in columns[:3]]
        decimals = len(re.match(r"-?\d+\.?(\d*)", text).group(1)) if text[0] != "-" or len(text) > 1 else 0
        parts = [self.rounded(v, decimals) for v in values]
        whole = f"{parts[0]} [{parts[1]}, {parts[2]}]" if all(map(math.isfinite, values[1:])) else parts[0]
        self.checked += 1
        if text != whole:
            self.fail(f"{mark} says {text}, not {whole}")

    def rounded(self, value, decimals):
        if not math.isfinite(value):
            return "-"
        text = "%.*f" % (decimals, value)
        return text.lstrip("-") if float(text) == 0 else text

    def label(self, mark):
        """A number beside a mark or in a cell."""
        frame, columns, row = self.reference(mark)
        text = mark.text()
        if len(columns) == 5:
            self.estimate(mark, text, frame, columns, row)
            return
        value = self.value(frame, self.column_of(mark, columns), row)
        decimals = len(text.split(".")[1]) if "." in text else 0
        self.checked += 1
        if text != self.rounded(value, decimals):
            self.fail(f"{mark} says {text}, but the number is {value}")

    def cells(self, marks):
        """Colours of a heat map: 0 is empty, and what is larger is no paler."""
        shades = []
        for mark in marks:
            frame, columns, row = self.reference(mark)
            value = self.value(frame, columns[0], row)
            shade = float(mark.attrs["fill-opacity"])
            shades.append((value if math.isfinite(value) else 0, -shade if mark.has("below") else shade, mark))
            title = "".join(c for t in mark.all("title") for c in t.children)
            decimals = len(title.split(".")[1]) if "." in title else 0
            if title and title != self.rounded(value, decimals):
                self.fail(f"the tooltip of {mark} says {title}, but the number is {value}")
        shades.sort(key=lambda s: s[0])
        largest = max((abs(s[1]) for s in shades), default=0)
        for (a, shade, _), (b, other, mark) in zip(shades, shades[1:]):
            self.checked += 1
            if shade > other + 1e-9 or (a == b and shade != other):
                self.fail(f"{mark}: {b} is paler than {a}")
            if a < b and shade == other and largest > 0 and abs(b - a) > 0.01 * max(abs(a), abs(b)) and abs(shade) < 1:
                self.fail(f"{mark}: {b} looks like {a}")

    def whole(self):
        """No row of a series is left out: of each strategy that is drawn, every row with finite numbers."""
        for source, rows in self.used.items():
            frame, *columns = source.split(".")
            keys = {tuple(self.tables.names(frame, r).get(k) for k in ("setting", "strategy", "category")) for r in rows}
            needed = columns if len(columns) < 2 else columns[:2] if len(columns) < 5 and frame not in ("cost", "categories") else columns[:1]
            for row in range(self.tables.rows(frame)):
                names = self.tables.names(frame, row)
                key = tuple(names.get(k) for k in ("setting", "strategy", "category"))
                if key in keys and row not in rows and all(math.isfinite(self.value(frame, c, row)) for c in needed):
                    self.fail(f"row {row} of {frame} is not drawn")

    def check(self):
        cells = []
        for mark in self.svg.all("circle", "path", "rect", "text"):
            if "data-rows" in mark.attrs:
                self.path(mark)
            elif mark.has("place") or "data-v" not in mark.attrs:
                if any(map(mark.has, ("mark", "line", "band", "bar", "interval", "cell"))) and "data-name" not in mark.attrs \
                        and not self.is_key(mark):
                    self.fail(f"{mark} has no reference")
                if mark.has("place"):
                    self.reference(mark)
            elif mark.tag == "circle":
                self.circle(mark)
            elif mark.has("cell"):
                cells.append(mark)
            elif mark.has("bar"):
                self.bar(mark)
            elif mark.has("interval") or mark.has("wide"):
                self.interval(mark)
            elif mark.has("line"):
                self.rank(mark)
            elif mark.tag == "text":
                self.label(mark)
            else:
                self.fail(f"{mark} is a mark that the check does not know")
        self.cells(cells)
        self.whole()

    def is_key(self, mark):
        """The sample beside a name: the first bar or line of a series without a number."""
        siblings = [c for c in mark.parent.children if not isinstance(c, str)]
        at = siblings.index(mark)
        return mark.tag in ("rect", "path") and at + 1 < len(siblings) and siblings[at + 1].has("name")


def check(root, tables):
    """(errors, numbers checked, figures)"""
    errors, checked, figures = [], 0, 0
    for svg in root.all("svg"):
        if any(n.tag == "svg" for n in svg.above()):
            continue
        figure = Figure(svg, tables)
        try:
            figure.check()
        except (KeyError, IndexError, ValueError, AttributeError) as e:
            figure.fail(f"a reference does not resolve: {type(e).__name__} {e}")
        errors += figure.errors
        checked += figure.checked
        figures += 1
    return errors, checked, figures
