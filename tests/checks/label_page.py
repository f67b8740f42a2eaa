"""label_page.py FOLDER OF A QUERY  WORK FOLDER: somebody labels in the page with the keyboard; labels.csv is left in the work
folder. What the page must be on narrow and wide windows, light and dark, with and without what browsers keep."""
import csv
import os
import sys

import chromium

page = "file://" + os.path.abspath(sys.argv[1]) + "/index.html"
work = os.path.abspath(sys.argv[2])
os.makedirs(work, exist_ok=True)
with open(os.path.join(sys.argv[1], "labels.csv"), newline="") as f:
    asked = list(csv.DictReader(f))


def text(b, name):
    return b.js(f"document.getElementById('{name}').textContent")


def expect(condition, what):
    if not condition:
        print(f"FAIL: {what}")
        sys.exit(1)


def fine(b, requests=True):
    expect(b.requests() == [], f"requests leave the page: {b.requests()}")
    expect(b.complaints() == [], f"the console complains: {b.complaints()}")


def read(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def answer_all(b, count):
    """Keys 1, 2, ... by place; one undone, one "can't tell", one by click, one by going back."""
    expect(count == 50, "fifty images")
    for place in range(50):
        if place == 7:
            b.press("3")
            expect(text(b, "status").startswith("Image 8: "), "an answer is said")
            b.press("u")
            expect("Taken back: image 8" in text(b, "status"), "undo is said")
        if place == 9:
            b.press("2")
            b.press("z", control=True)
        if place == 11:
            b.press("0")
        elif place == 12:
            b.js("document.querySelector('#classes button[value=\"1\"]').click()")
        else:
            b.press(str(place % 4 + 1))
    expect(text(b, "count") == "50 of 50 answered", text(b, "count"))
    b.press("ArrowLeft")
    expect(b.js("document.querySelectorAll('#classes [aria-pressed=true]').length") == 1, "the answer is marked")


def label_by_keyboard():
    with chromium.Browser(work, 1280, 900) as b:
        b.open(page)
        b.picture(os.path.join(work, "wide.png"))
        expect(b.js("document.activeElement === document.body"), "keys work at once")
        expect(b.js("document.getElementById('picture').naturalWidth") > 0, "the picture is shown")
        size = b.js("[picture.clientWidth / picture.naturalWidth, getComputedStyle(picture).imageRendering]")
        expect(size[0] == int(size[0]) and size[0] > 1 and size[1] == "pixelated", f"whole-number zoom: {size}")
        expect(b.js("document.getElementById('suggestion').hidden"), "no suggestion unless it is asked for")
        b.js("annotator.focus()")
        for letter in "Ann 1":
            b.press(letter)
        b.press("Enter")
        expect(text(b, "count") == "0 of 50 answered", "digits in the name are no answers")
        answer_all(b, len(asked))
        path = b.download(lambda: b.press("s"))
        expect("Saved labels.csv with 50 answers, 0 open." == text(b, "status"), text(b, "status"))
        # What the browser kept.
        b.open(page)
        expect("50 answers were kept" in text(b, "status"), text(b, "status"))
        fine(b)
        return path


def check_rows(rows, names):
    expect([r["file"] for r in rows] == [r["file"] for r in asked], "rows of the query in its order")
    for place, row in enumerate(rows):
        wanted = "?" if place == 11 else names[1] if place == 12 else names[place % 4]
        expect(row["label"] == wanted, f"place {place}: {row['label']}, not {wanted}")
        expect(row["annotator"] == "Ann 1" and float(row["seconds"]) >= 0, f"place {place}: {row}")
        expect(row["suggested"] == "", "no suggestion")


def open_again(path):
    """A saved file goes on in a browser that knows nothing of it, and keeps nothing: its site data are blocked."""
    part = os.path.join(work, "part.csv")
    rows = read(path)
    for row in rows[30:]:
        row.update(label="", annotator="", seconds="")
    with open(part, "w", newline="", encoding="utf-8-sig") as f:
        writer = csv.DictWriter(f, list(rows[0])[::-1], lineterminator="\r\n", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows[::-1])
    wrong = os.path.join(work, "wrong.csv")
    with open(wrong, "w") as f:
        f.write("file,label\ntrain_000000_00000000.png,disc\n")
    with chromium.Browser(work, 400, 800, blocked=True, dark=True) as b:
        b.open(page)
        expect(not b.js("document.getElementById('kept').hidden"), "it is said that nothing is kept")
        b.choose_file("#file", wrong)
        b.until("status.textContent.startsWith('Nothing was taken')".replace("status", "document.getElementById('status')"))
        b.choose_file("#file", part)
        b.until("document.getElementById('count').textContent === '30 of 50 answered'")
        expect(text(b, "caption").startswith("Image 31 of 50"), text(b, "caption"))
        b.press("n")
        expect(text(b, "caption").startswith("Image 32 of 50"), text(b, "caption"))
        b.press("ArrowLeft")
        for place in range(30, 50):
            b.press(str(place % 4 + 1))
        b.picture(os.path.join(work, "narrow.png"), whole=True)
        expect(b.js("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the window")
        expect(b.js("(() => { const e = new Event('beforeunload', {cancelable: true}); dispatchEvent(e); "
                    "return e.defaultPrevented; })()"), "a warning before what is not saved is lost")
        os.remove(path)
        again = b.download(lambda: b.press("s", control=True))
        expect(not b.js("(() => { const e = new Event('beforeunload', {cancelable: true}); dispatchEvent(e); "
                        "return e.defaultPrevented; })()"), "no warning where all is saved")
        b.js("document.getElementById('undo').click()")
        fine(b)
        return again


def without_scripts():
    with chromium.Browser(work, 400, 800, scripts=False) as b:
        b.open(page)
        b.picture(os.path.join(work, "noscript.png"))
        shown = b.shown_text()
        expect("labels.csv" in shown and "images" in shown and "Save" not in shown, f"without scripts: {shown}")


def names_for_everybody(b):
    """Each control has a name that a screen reader can say."""
    return b.js("""[...document.querySelectorAll('button, input, progress, img')].filter(e => !e.closest('[hidden]') &&
        !(e.getAttribute('aria-label') || e.alt || e.textContent.trim() || (e.labels && e.labels.length))).map(e => e.outerHTML)""")


def many_classes():
    """More classes than keys, with names that would harm a page or a table that is careless."""
    with chromium.Browser(work, 1280, 900) as b:
        b.open(page)
        classes = b.js("JSON.parse(document.getElementById('query').textContent).classes")
        expect(len(classes) == 25 and b.js("document.querySelectorAll('#classes button').length") == 26, "all classes")
        shown = b.js("[...document.querySelectorAll('#classes button span')].map(e => e.textContent)")
        expect(shown[:25] == classes, f"names are shown as they are: {shown}")
        b.press("0"), b.press("7")
        expect(text(b, "status").startswith(f"Image 1: {classes[6]}. "), text(b, "status"))
        b.press("8"), b.press("Enter")
        expect(text(b, "status").startswith(f"Image 2: {classes[7]}. "), text(b, "status"))
        b.press("9"), b.press("9")
        expect(text(b, "status") == "There is no class 99.", text(b, "status"))
        b.press("2"), b.press("Escape"), b.press("0"), b.press("0")
        expect(text(b, "status").startswith("Image 3: can't tell. "), text(b, "status"))
        b.press("/")
        for letter in "spare 2":
            b.press(letter)
        b.press("Enter")
        expect(text(b, "status") == "5 classes match: go on typing.", text(b, "status"))
        b.press("3"), b.press("Enter"), b.press("Escape")
        expect(text(b, "status").startswith("Image 4: spare 23. "), text(b, "status"))
        b.picture(os.path.join(work, "many.png"))
        for c in range(25):
            for digit in f"{c + 1:02d}":
                b.press(digit)
        path = b.download(lambda: b.press("s"))
        with open(path) as f:
            expect("\n0,4," in f.read().replace("\r", ""), "rows")
        rows = read(path)
        expect(not any(v.startswith(("=", "@")) for r in rows for v in r.values()), "no formulas in the table")
        b.open(page)
        b.js("localStorage.clear()")
        b.open(page)
        b.choose_file("#file", path)
        b.until(f"document.getElementById('count').textContent === '29 of {len(asked)} answered'")
        for place, label in [(0, 6), (1, 7)] + [(4 + c, c) for c in range(25)]:
            got = b.js(f"JSON.parse(localStorage.getItem(JSON.parse(document.getElementById('query').textContent).key))"
                       f".answers[{place}][0]")
            expect(got == label, f"place {place}: class {got}, not {label}")
        fine(b)


if len(sys.argv) == 3:
    many_classes()
    print("fine")
    sys.exit(0)
names = sys.argv[3].split(",")
saved = label_by_keyboard()
check_rows(read(saved), names)
saved = open_again(saved)
check_rows(read(saved), names)
without_scripts()
with chromium.Browser(work, 400, 800) as narrow:
    narrow.open(page)
    expect(names_for_everybody(narrow) == [], f"controls without a name: {names_for_everybody(narrow)}")
print("fine")
