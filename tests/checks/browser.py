"""Open a report page in headless Chromium, as a reader would: colours, widths, keyboard, no scripts, paper. Python's own
modules only (chromium.py).

    browser.py [--first|--filter] FOLDER [PICTURES]    (FOLDER of fal_report -o; PICTURES: for screenshots, print.pdf)

With --first only what is seen at first: requests, errors, colours, widths; with --filter only that one setting and one
pair can be chosen by keyboard.
"""
import base64
import collections
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import chromium
import page_tree

PATIENCE = 60 * int(os.environ.get("FAL_TEST_SLOW", "1"))


class Chromium(chromium.Browser):
    """A page in a window of any width, whose dialogs are accepted."""

    def __init__(self):
        super().__init__(tempfile.mkdtemp())
        self.__enter__()

    def close(self):
        self.__exit__()
        shutil.rmtree(self.folder, ignore_errors=True)

    def message(self, until):
        got = super().message(until)
        if got is None:
            raise RuntimeError("Chromium does not answer")
        if got.get("method") == "Page.javascriptDialogOpening":  # the page waits until somebody answers
            self.number += 1
            os.write(self.to, json.dumps({"id": self.number, "method": "Page.handleJavaScriptDialog", "params": {
                "accept": True}, "sessionId": self.session}).encode() + b"\0")
        return got

    def call(self, method, parameters=None, **named):
        return super().call(method, PATIENCE, **(parameters or {}), **named)

    def run(self, script):
        got = self.call("Runtime.evaluate", {"expression": f"(function () {{ {script} }}())", "returnByValue": True})
        if "exceptionDetails" in got:
            raise RuntimeError(f"{script[:80]}: {got['exceptionDetails']}")
        return got["result"].get("value")

    def open(self, address):
        """Load the page anew; events of before are forgotten."""
        for to in "about:blank", address: # else another #... loads nothing
            self.events.clear()
            self.call("Page.navigate", {"url": to})
            until = time.time() + PATIENCE
            while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
                self.events.append(self.message(until))

    def look(self, width, dark, height=900):
        """Set the window's width, and the ground that the reader prefers."""
        self.call("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1,
                                                         "mobile": False})
        self.call("Emulation.setEmulatedMedia", {"media": "screen", "features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def key(self, name, code, text=""):
        for kind in ("rawKeyDown", "char", "keyUp") if text else ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", {"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": code,
                                                 "text": text if kind == "char" else ""})

    def picture(self, path):
        self.run("window.scrollTo(0, 0)")
        with open(path, "wb") as f:
            f.write(base64.b64decode(self.call("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": {
                "x": 0, "y": 0, "scale": 1, **self.run("var r = document.documentElement; return {width: r.clientWidth, "
                                                     "height: Math.min(r.scrollHeight, 15000)}")}})["data"]))


CONTRAST = r"""
function parse(c) {
  if (c === 'none') { return [0, 0, 0, 0]; }
  var n = (c.match(/[-\d.e]+/g) || []).map(Number), a = n.length > 3 ? n[3] : 1;
  return c.indexOf('srgb') >= 0 ? [n[0] * 255, n[1] * 255, n[2] * 255, a] : [n[0], n[1], n[2], a];
}
function over(top, under) {
  return [0, 1, 2].map(function (i) { return top[i] * top[3] + under[i] * (1 - top[3]); }).concat([1]);
}
function light(c) {
  var v = c.slice(0, 3).map(function (x) { x /= 255; return x <= 0.04045 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4); });
  return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2];
}
function ground(e) {
  var layers = [];
  for (; e && e.nodeType === 1; e = e.parentNode) { layers.push(parse(getComputedStyle(e).backgroundColor)); }
  return layers.reverse().reduce(function (under, top) { return over(top, under); }, [255, 255, 255, 1]);
}
function opacity(e) {
  var o = 1;
  for (; e && e.nodeType === 1; e = e.parentNode) { o *= parseFloat(getComputedStyle(e).opacity); }
  return o;
}
var bad = [], count = 0, least = 99, places = {};
Array.prototype.forEach.call(document.querySelectorAll('svg rect'), function (r) {
  if (!r.ownerSVGElement || r.classList.contains('place')) { return; }
  var s = r.ownerSVGElement;
  while (s.ownerSVGElement) { s = s.ownerSVGElement; }
  s.shapes = s.shapes || [];
  s.shapes.push(r);
});
Array.prototype.forEach.call(document.body.querySelectorAll('*'), function (e) {
  var own = Array.prototype.some.call(e.childNodes, function (n) { return n.nodeType === 3 && n.nodeValue.trim() !== ''; });
  if (!own || ['SCRIPT', 'STYLE', 'title', 'OPTION'].indexOf(e.tagName) >= 0) { return; }
  var box = e.getBoundingClientRect(), style = getComputedStyle(e);
  if (box.width === 0 || style.visibility === 'hidden') { return; }
  var under = ground(e), ink;
  if (e.ownerSVGElement) {
    var s = e.ownerSVGElement, x = box.left + box.width / 2, y = box.top + box.height / 2;
    while (s.ownerSVGElement) { s = s.ownerSVGElement; }
    (s.shapes || []).forEach(function (r) {
      var b = r.getBoundingClientRect(), f = getComputedStyle(r);
      if (b.left <= x && x <= b.right && b.top <= y && y <= b.bottom) {
        var c = parse(f.fill);
        c[3] *= parseFloat(f.fillOpacity);
        under = over(c, under);
      }
    });
    ink = parse(style.fill);
    ink[3] *= parseFloat(style.fillOpacity);
  } else {
    ink = parse(style.color);
  }
  ink[3] *= opacity(e);
  ink = over(ink, under);
  var a = light(ink), b = light(under), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  count++;
  least = ratio < least ? ratio : least;
  if (!(ratio >= 4.5)) { bad.push(ratio + ' ' + style.color + style.fill + ': <' + e.tagName + ' class=' + e.getAttribute('class') + '> ' + e.textContent.slice(0, 40)); }
});
return {bad: bad.slice(0, 10), count: count, least: least};
"""
CELLS = """return Array.prototype.map.call(document.querySelectorAll('td, th'), function (c) { return c.textContent.trim(); })"""
FOCUS = """
function seen(e) { var d = e.closest('details:not([open])'); var s = e.tagName === 'SUMMARY' && d === e.parentNode ? d.parentNode.closest('details:not([open])') : d;
  return !s && e.getClientRects().length > 0; }
return Array.prototype.filter.call(document.querySelectorAll('a[href], button, select, input, summary, [tabindex="0"]'), seen)"""


class Checks:
    def __init__(self, browser, folder, pictures):
        self.browser, self.folder, self.pictures, self.errors = browser, os.path.abspath(folder), pictures, []
        self.address = "file://" + self.folder + "/report.html"
        with open(os.path.join(folder, "report.html"), encoding="utf-8") as f:
            self.root, data, _ = page_tree.read(f.read())
        self.data = data[0]
        self.title = next("".join(t.children) for t in self.root.all("title") if t.parent.tag == "head")
        self.cells = [c.text().strip() for c in self.root.all("td", "th")]

    def expect(self, true, text):
        if not true:
            self.errors.append(text)
        return true

    def open_all(self):
        self.browser.run("document.querySelectorAll('details').forEach(function (d) { d.open = true; })")

    def check_quiet(self):
        """Nothing was asked of anybody but this file, nothing failed, nothing was run that is not ours."""
        for e in self.browser.events:
            what, p = e.get("method"), e.get("params", {})
            if what == "Network.requestWillBeSent":
                address = p["request"]["url"]
                self.expect(address.split("#")[0] == self.address or address.startswith(("data:", "blob:null")),
                            f"asked for {address[:100]}")
            elif what == "Runtime.exceptionThrown":
                self.errors.append(f"an error of the script: {p['exceptionDetails'].get('exception', {}).get('description', p)}")
            elif what == "Runtime.consoleAPICalled" or what == "Log.entryAdded":
                self.errors.append(f"{what}: {json.dumps(p)[:300]}")
            elif what == "Page.javascriptDialogOpening":
                self.errors.append(f"a dialog: {p.get('message')}")
        title = self.browser.run("return document.title")
        self.expect(title == self.title, f"the title became {title!r}")

    def check_looks(self):
        for dark in False, True:
            for width in 1280, 400:
                name = f"{'dark' if dark else 'light'}_{width}"
                self.browser.look(width, dark)
                for opened in False, True:
                    if opened:
                        self.open_all()
                    wide = self.browser.run("var r = document.documentElement; return [r.scrollWidth, r.clientWidth]")
                    self.expect(wide[0] <= wide[1] == width, f"{name}: {wide[0]} pixels wide in {wide[1]}")
                    if self.pictures:
                        self.browser.picture(os.path.join(self.pictures, f"{name}{'_open' if opened else ''}.png"))
                ground = self.browser.run("return getComputedStyle(document.body).backgroundColor")
                self.expect(ground == ("rgb(18, 18, 18)" if dark else "rgb(255, 255, 255)"), f"{name}: the ground is {ground}")
                contrast = self.browser.run(CONTRAST)
                self.expect(contrast["count"] > 50, f"{name}: only {contrast['count']} texts are seen")
                self.expect(not contrast["bad"], f"{name}: too little contrast: {contrast['bad']}")
                print(f"{name}: {contrast['count']} texts, contrast at least {contrast['least']:.2f}")
                self.browser.run("document.querySelectorAll('details').forEach(function (d, i) { d.open = i % 2 === 0; })")

    def tab_to(self, name):
        for _ in range(100):
            if self.browser.run("return document.activeElement && document.activeElement.name") == name:
                return True
            self.browser.key("Tab", 9)
        return self.expect(False, f"the keyboard does not get to {name}")

    def check_tabs(self):
        """Every control is reached, in the page's order, and shows that it has the focus."""
        self.browser.look(1280, False)
        wanted = self.browser.run(FOCUS + ".map(function (e, i) { e.number = i; return e.tagName; })")
        self.browser.run("document.activeElement.blur(); window.getSelection().removeAllRanges(); window.scrollTo(0, 0)")
        order, hidden = [], []
        for _ in range(len(wanted) + 3):
            self.browser.key("Tab", 9)
            got = self.browser.run("""var e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
                var f = document.getElementById('controls'), at = f.getBoundingClientRect();
                return [e === document.body ? -1 : e.number, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0,
                  f.contains(e) || b.top < at.top - 1 || b.bottom > at.bottom + 1]""")
            if got[0] is None or got[0] < 0 or got[0] in order:
                break
            order.append(got[0])
            self.expect(got[1], f"control {got[0]} ({wanted[got[0]]}) does not show the focus")
            if not got[2]:
                hidden.append(wanted[got[0]])
        self.expect(order == list(range(len(wanted))), f"{len(order)} of {len(wanted)} controls in order {order[:20]}: {wanted[:8]}")
        self.expect(not hidden, f"{len(hidden)} controls have the focus below the bar: {hidden[:5]}")
        print(f"{len(order)} of {len(wanted)} controls by keyboard")

    def choose(self, name, value):
        if not self.tab_to(name):
            return
        for _ in range(200):
            if self.browser.run(f"return document.activeElement.value") == value:
                return
            self.browser.key("ArrowDown", 40)
        self.errors.append(f"the keyboard does not choose {value} in {name}")

    def visible(self, table):
        return self.browser.run(f"""return Array.prototype.filter.call(document.querySelectorAll(
            '#pairs table[data-f={table}] tbody tr'), function (r) {{ return r.getClientRects().length > 0; }}).map(function (r) {{
            return [r.closest('details').getAttribute('data-setting'), r.cells[0].textContent, r.cells[1].textContent]; }})""")

    def check_filter(self):
        """One setting and one pair, chosen by keyboard: their rows are left."""
        b, strategies, settings = self.browser, self.data["strategies"], self.data["settings"]
        if len(strategies) < 3:
            return
        self.browser.run("document.activeElement.blur(); window.scrollTo(0, 0)")
        setting, one, other = settings[-1], strategies[-1], strategies[1]
        if len(settings) > 1:
            self.choose("setting", setting)
        self.choose("a", one)
        self.choose("b", other)
        self.open_all()
        rows = self.visible("aulc")
        pair = {one, other}
        columns = {c["name"]: [c["levels"][v] for v in c["values"]] for c in self.data["tables"]["aulc"]["columns"] if "levels" in c}
        there = any({x, y} == pair and s == setting for s, x, y in zip(columns["setting"], columns["strategy"], columns["other"]))
        if self.expect(there, "no such pair in this setting: choose others"):
            self.expect(len(rows) == 1 and rows[0][0] == setting and {rows[0][1], rows[0][2]} == pair,
                        f"{len(rows)} rows for one setting and one pair: {rows[:3]}")
            rates = self.visible("winning_rate")
            self.expect(len(rates) == 3, f"{len(rates)} rows of winning rates for one pair: {rates[:4]}")
        others = b.run(f"""return Array.prototype.filter.call(document.querySelectorAll('[data-setting]'), function (e) {{
            return e.getClientRects().length > 0 && e.getAttribute('data-setting') !== {json.dumps(setting)}; }}).length""")
        self.expect(others == 0, f"{others} parts of other settings are shown")
        contrast = b.run(CONTRAST)
        self.expect(not contrast["bad"], f"filtered: too little contrast: {contrast['bad']}")
        hash_ = b.run("return location.hash")
        b.open(self.address + hash_)
        self.open_all()
        self.expect(self.visible("aulc") == rows, "the address does not bring the choice back")
        print(f"filtered by keyboard: {len(rows)} row")

    def check_sort(self):
        """The head of a column, by Enter, sorts its rows by number."""
        b = self.browser
        b.open(self.address)
        self.open_all()
        found = b.run("""var t = document.querySelector('table[data-f=classes], table[data-f=aulc]'), h = t && t.tHead.rows[0].cells;
            if (!t || t.tBodies[0].rows.length < 3) { return false; }
            h[h.length - 1].querySelector('button').focus(); t.id = 'sorted'; return true;""")
        if not found:
            return
        for way in "ascending", "descending":
            b.key("Enter", 13, "\r")
            got = b.run("""var t = document.getElementById('sorted'), h = t.tHead.rows[0].cells;
                return [h[h.length - 1].getAttribute('aria-sort'), Array.prototype.map.call(t.tBodies[0].rows, function (r) {
                  return parseFloat(r.cells[h.length - 1].textContent.replace('<', '')); })]""")
            numbers = [n for n in got[1] if n is not None and n == n]
            self.expect(got[0] == way and numbers == sorted(numbers, reverse=way == "descending"),
                        f"sorted {got[0]}: {numbers[:6]}")

    def check_download(self):
        """The table that is chosen, as the CSV beside the page."""
        b = self.browser
        with tempfile.TemporaryDirectory() as where:
            b.call("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": where})
            b.open(self.address)
            self.choose("what", "accuracy")
            b.key("Tab", 9)
            b.key("Enter", 13, "\r")
            until = time.time() + 15
            path = os.path.join(where, "accuracy.csv")
            while not (os.path.exists(path) and os.path.getsize(path) > 0) and time.time() < until:
                b.run("return 1")
                time.sleep(0.1)
            if self.expect(os.path.exists(path), "nothing is downloaded"):
                ours, theirs = (list(csv.reader(open(p, newline="", encoding="utf-8")))
                                for p in (os.path.join(self.folder, "accuracy.csv"), path))
                same = len(ours) == len(theirs) and all(
                    x == y or (x and y and float(x) == float(y)) for a, c in zip(ours, theirs) for x, y in zip(a, c))
                self.expect(same, "the download differs from accuracy.csv")
        self.check_quiet()

    def check_without_scripts(self):
        b = self.browser
        b.open(self.address)
        with_scripts = b.run(CELLS)
        b.call("Emulation.setScriptExecutionDisabled", {"value": True})
        b.open(self.address)
        html = b.call("DOM.getOuterHTML", {"nodeId": b.call("DOM.getDocument", {"depth": 0})["root"]["nodeId"]})["outerHTML"]
        without = [c.text().strip() for c in page_tree.Tree(html).root.all("td", "th")]
        self.expect(with_scripts == self.cells, "scripts change what cells say")
        self.expect(without == self.cells, f"without scripts cells differ: {len(without)} instead of {len(self.cells)}")
        self.expect('id="controls" hidden' in html, "without scripts there are controls that do nothing")
        print(f"{len(without)} cells are the same without scripts")

    def check_print(self):
        """On paper, without scripts: every number of every table is on a page, none beyond its edges."""
        b = self.browser
        b.call("Emulation.setEmulatedMedia", {"media": ""})
        b.call("Emulation.clearDeviceMetricsOverride")
        pdf = base64.b64decode(b.call("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})["data"])
        path = os.path.join(self.pictures or b.folder, "print.pdf")
        with open(path, "wb") as f:
            f.write(pdf)
        if shutil.which("pdftotext") is None:
            print("skipped: pdftotext is not there, so nobody reads the printed page")
            return
        boxes = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True).stdout
        words, width = [], 0.0
        for line in boxes.splitlines():
            page = re.search(r'<page width="([\d.]+)"', line)
            word = re.search(r'<word xMin="([-\d.]+)" yMin="[-\d.]+" xMax="([-\d.]+)" yMax="[-\d.]+">(.*)</word>', line)
            width = float(page.group(1)) if page else width
            if word:
                words.append(word.group(3))
                if float(word.group(1)) < 0 or float(word.group(2)) > width:
                    self.errors.append(f"on paper {word.group(3)!r} is cut at the edge")
        number = re.compile(r"(?<![\w.-])-?\d+\.\d+(?![\w.-])")
        printed = collections.Counter(w for word in words for w in number.findall(word))
        wanted = collections.Counter(w for c in self.root.all("td") for w in number.findall(c.text()))
        lost = {w: n for w, n in wanted.items() if printed[w] < n}
        self.expect(sum(wanted.values()) > 20 and not lost, f"not on paper: {list(lost.items())[:10]}")
        print(f"print: {boxes.count('<page ')} pages, {sum(wanted.values())} numbers of tables are there")

    def run(self, part):
        b = self.browser
        b.call("DOM.enable")
        b.open(self.address)
        self.check_quiet()
        if part == "--first":
            self.check_looks()
            return
        if part == "--filter":
            self.check_filter()
            self.check_quiet()
            return
        self.check_tabs()
        self.check_looks()
        b.open(self.address)
        self.check_filter()
        self.check_sort()
        self.check_download()
        self.check_quiet()
        self.check_without_scripts()
        self.check_quiet()
        self.check_print()


def main():
    folder, pictures = ([a for a in sys.argv[1:] if not a.startswith("--")] + [None])[:2]
    browser = Chromium()
    try:
        checks = Checks(browser, folder, pictures)
        checks.run(sys.argv[1])
    finally:
        browser.close()
    for error in checks.errors[:30]:
        print(f"{folder}: {error}")
    print(f"{folder}: {len(checks.errors)} errors in the browser")
    return 1 if checks.errors else 0


if __name__ == "__main__":
    sys.exit(main())
