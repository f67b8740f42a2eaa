"""Fails if a file holds what a terminal would obey, or what is not UTF-8: printable.py FILE ..."""
import sys
import unicodedata

failed = False
for path in sys.argv[1:]:
    with open(path, "rb") as f:
        raw = f.read()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as e:
        print(f"{path}: {e}")
        failed = True
        continue
    for at, c in enumerate(text):
        if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            print(f"{path}: U+{ord(c):04X} in {ascii(text[max(0, at - 40):at + 10])}")
            failed = True
            break
sys.exit(failed)
