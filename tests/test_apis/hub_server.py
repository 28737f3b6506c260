"""A Hugging Face Hub on loopback, as far as uploads and downloads of small models need it."""

import base64
import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/api/repos/create":
            content = json.loads(body)
            name = f"{content['organization']}/{content['name']}"
            self.server.repos.setdefault(name, {})
            self._answer({"url": f"{self.server.address}/{name}", "name": name})
        elif "/preupload/" in self.path:
            files = [
                {"path": f["path"], "uploadMode": "regular", "shouldIgnore": False}
                for f in json.loads(body)["files"]
            ]
            self._answer({"files": files})
        elif "/commit/" in self.path:
            repo = self.server.repos["/".join(self.path.split("/")[3:5])]
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    repo[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            address = f"{self.server.address}{self.path}"
            self._answer({"commitUrl": address, "commitOid": COMMIT, "success": True})
        else:
            self._answer({})  # Such as the check of the card's front matter.

    def do_GET(self):
        parts = self.path.partition("?")[0].strip("/").split("/")
        name = "/".join(parts[2:4] if parts[0] == "api" else parts[:2])
        files = self.server.repos.get(name)
        if files is None:
            self._send(b"{}", 404, {"X-Error-Code": "RepoNotFound"})
        elif parts[0] == "api":
            siblings = [{"rfilename": file} for file in files]
            self._answer({"id": name, "sha": COMMIT, "siblings": siblings})
        elif (file := "/".join(parts[4:])) in files:
            self.server.fetched.add(file)
            content = files[file]
            tag = f'"{hashlib.sha1(content).hexdigest()}"'
            self._send(content, 200, {"ETag": tag, "X-Repo-Commit": COMMIT})
        else:
            self._send(b"", 404, {"X-Error-Code": "EntryNotFound"})

    do_HEAD = do_GET

    def _answer(self, content):
        self._send(json.dumps(content).encode(), 200, {"Content-Type": "application/json"})

    def _send(self, content, status, headers):
        self.send_response(status)
        for key, value in {**headers, "Content-Length": len(content)}.items():
            self.send_header(key, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


class HubServer(ThreadingHTTPServer):
    """Hub server.

    Attributes:
        repos: Files by path, by the names of their repositories.
        fetched: Paths of the files that were asked for.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repos, self.fetched = {}, set()
        self.address = f"http://127.0.0.1:{self.server_port}"
        Thread(target=self.serve_forever, daemon=True).start()
