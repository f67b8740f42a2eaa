"""A headless Chromium that a test drives over a pipe (the DevTools protocol), with Python's own modules only.

    with Browser(folder, width, height) as b:
        b.open("file:///...")
        b.js("document.title"); b.press("1"); b.picture("page.png")
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
KEYS = {"ArrowLeft": 37, "ArrowRight": 39, "Enter": 13, "Escape": 27, "Backspace": 8, "Tab": 9, " ": 32}


def program():
    """Path of a Chromium, None if there is none."""
    wanted = os.environ.get("CHROMIUM")
    return wanted or next((p for p in map(shutil.which, NAMES) if p), None)


class Browser:
    def __init__(self, folder, width=1280, height=900, dark=False, blocked=False, scripts=True):
        self.folder = os.path.abspath(folder)
        self.size = width, height
        self.dark, self.blocked, self.scripts = dark, blocked, scripts
        self.profile = tempfile.mkdtemp(prefix="profile", dir=self.folder)
        self.number, self.events, self.rest = 0, [], b""

    def __enter__(self):
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()
        # The browser reads commands from descriptor 3 and answers on 4.
        arguments = [program(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--no-first-run", "--disable-extensions", "--disable-background-networking",
                     "--hide-scrollbars",
                     f"--user-data-dir={self.profile}", "--remote-debugging-pipe", "about:blank"]
        self.child = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "chromium"] + arguments, pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(os.path.join(self.folder, "chromium.log"), "wb"))
        os.close(to_read)
        os.close(to_write)
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Network", "DOM", "Log":
            self.call(domain + ".enable")
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=self.folder, eventsEnabled=True)
        self.call("Emulation.setDeviceMetricsOverride", width=self.size[0], height=self.size[1], deviceScaleFactor=1,
                  mobile=False)
        if self.blocked:  # as browsers do whose users block site data: every access throws
            self.call("Page.addScriptToEvaluateOnNewDocument", source="Object.defineProperty(window, 'localStorage', "
                      "{get() { throw new DOMException('denied', 'SecurityError'); }});")
        if not self.scripts:
            self.call("Emulation.setScriptExecutionDisabled", value=True)
        if self.dark:
            self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        return self

    def __exit__(self, *unused):
        try:
            self.session = None
            self.call("Browser.close")
        except Exception:
            pass
        os.close(self.to)
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        os.close(self.back)
        shutil.rmtree(self.profile, ignore_errors=True)

    # ---- messages -----------------------------------------------------------------------------------------------
    def message(self, until):
        while b"\0" not in self.rest:
            if not select.select([self.back], [], [], max(0, until - time.time()))[0]:
                return None
            got = os.read(self.back, 1 << 20)
            if not got:
                raise RuntimeError("the browser ended")
            self.rest += got
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, seconds=60, **parameters):
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        os.write(self.to, json.dumps(command).encode() + b"\0")
        until = time.time() + seconds
        while True:
            got = self.message(until)
            if got is None:
                raise RuntimeError(f"no answer to {method}")
            if got.get("id") == self.number:
                if "error" in got:
                    raise RuntimeError(f"{method}: {got['error']}")
                return got["result"]
            self.events.append(got)

    def wait(self, method, seconds=60, after=0):
        """The parameters of the first event of this name from the events' place `after` on."""
        until = time.time() + seconds
        while True:
            for event in self.events[after:]:
                if event.get("method") == method:
                    return event["params"]
            got = self.message(until)
            if got is None:
                raise RuntimeError(f"{method} did not come")
            self.events.append(got)

    # ---- what people do -----------------------------------------------------------------------------------------
    def open(self, address):
        after, began = len(self.events), time.time()
        self.call("Page.navigate", url=address)
        self.wait("Page.loadEventFired", after=after)
        return time.time() - began

    def js(self, expression):
        got = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in got:
            raise RuntimeError(f"{expression}: {got['exceptionDetails']}")
        return got["result"].get("value")

    def press(self, key, control=False):
        text = "\r" if key == "Enter" else key if len(key) == 1 and not control else ""
        code = KEYS.get(key) or (ord(key.upper()) if key.isalnum() else 0)
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 2 if control else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def until(self, condition, seconds=20):
        until = time.time() + seconds
        while not self.js(condition):
            if time.time() > until:
                raise RuntimeError(f"it does not come true: {condition}")
            time.sleep(0.05)

    def shown_text(self):
        """What can be seen, without scripts of the page."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return " ".join(n["name"]["value"] for n in nodes if not n.get("ignored") and n.get("name", {}).get("value"))

    def choose_file(self, selector, path):
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", files=[os.path.abspath(path)], nodeId=node)

    def download(self, press):
        """Path of the file that is saved when press() is called."""
        after = len(self.events)
        press()
        name = self.wait("Browser.downloadWillBegin", after=after)["suggestedFilename"]
        until = time.time() + 30
        while time.time() < until:
            path = os.path.join(self.folder, name)
            if any(e.get("method") == "Browser.downloadProgress" and e["params"]["state"] == "completed"
                   for e in self.events[after:]) and os.path.exists(path):
                return path
            got = self.message(time.time() + 0.2)
            if got:
                self.events.append(got)
        raise RuntimeError("the download did not end")

    def picture(self, path, whole=False):
        got = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(path, "wb") as f:
            f.write(base64.b64decode(got["data"]))

    def requests(self):
        """Addresses that were asked for, but for the pages themselves and what they carry."""
        asked = [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [a for a in asked if not a.startswith(("file:", "data:", "blob:", "about:"))]

    def complaints(self):
        """What the console says that a page without mistakes does not say."""
        said = [e["params"]["entry"]["text"] for e in self.events
                if e.get("method") == "Log.entryAdded" and e["params"]["entry"]["level"] in ("error", "warning")]
        return said + [str(e["params"]["exceptionDetails"]) for e in self.events
                       if e.get("method") == "Runtime.exceptionThrown"]
