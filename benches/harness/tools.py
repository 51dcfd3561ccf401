"""The command lines of hangup and its peers, all with the same token, roots and concurrency."""
import os

from .server import find

ROOT_URL = "/beta/app/calls/"


class Tools:
    def __init__(self, server, hangup, floor):
        self.server, self.bin, self.floor_bin, self.dir = server, str(hangup), str(floor), server.dir
        self.token = server.token
        # As on a machine on which nobody has set anything: every tool finds the system's roots by itself.
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.dir)}
        self.env |= {"HANGUP_TOKEN": self.token, "BENCH_TOKEN": self.token}

    def calls(self, count):
        file = self.dir / f"calls-{count}"
        if not file.exists():
            file.write_text("".join(f"{n:08x}-894c-409a-b240-bd8beae78896\n" for n in range(count)))
        return str(file)

    def hangup(self, calls, at_once, name="steady"):
        return [self.bin, "--base-url", self.server.url(name), "-j", str(at_once), "-f", self.calls(calls)]

    def floor(self, calls, at_once, name="steady"):
        return [self.floor_bin, self.server.url(name), str(at_once), self.calls(calls)]

    def curl(self, calls, at_once, version, name="steady"):
        urls = self.dir / f"urls-{calls}-{name}"
        if not urls.exists():
            one = 'url = "{}{:08x}-894c-409a-b240-bd8beae78896"\noutput = /dev/null\n'
            urls.write_text("".join(one.format(self.server.url(name) + ROOT_URL, n) for n in range(calls)))
        return [find("curl"), "--silent", "--parallel", "--parallel-max", str(at_once), version, "-X", "DELETE",
                "-H", f"Authorization: Bearer {self.token}", "-w", "%{http_code} %{url}\n", "-K", str(urls)]

    def curl_one(self):
        return [find("curl"), "-s", "-X", "DELETE", "-H", f"Authorization: Bearer {self.token}", "-o", "/dev/null",
                self.server.url() + ROOT_URL + "abc"]

    def h2load(self, calls, at_once, name="steady"):
        return [find("h2load"), "-n", str(calls), "-c", "1", "-m", str(at_once), "-H", ":method: DELETE",
                "-H", f"authorization: Bearer {self.token}", self.server.url(name) + ROOT_URL + "one"]

    def oha(self, calls, at_once, name="steady"):
        return [find("oha"), "-n", str(calls), "-c", "1", "-p", str(at_once), "--http2", "--no-tui", "-m", "DELETE",
                "-H", f"authorization: Bearer {self.token}", self.server.url(name) + ROOT_URL + "one"]

    def sign_in_env(self, authority):
        env = {name: value for name, value in self.env.items() if name != "HANGUP_TOKEN"}
        return env | {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s",
                      "AZURE_AUTHORITY_HOST": authority}

    def curl_sign_in(self, authority, graph):
        """Two commands: one asks for a token, the next one ends the call with it."""
        form = "grant_type=client_credentials&client_id=c&client_secret=s&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
        sign_in = f"curl -s -d '{form}' {authority}/t/oauth2/v2.0/token | sed 's/.*access_token\":\"\\([^\"]*\\).*/\\1/'"
        delete = f"curl -s -X DELETE -H \"Authorization: Bearer $token\" {graph}{ROOT_URL}abc"
        return ["/bin/sh", "-c", f"token=$({sign_in}) && {delete}"]
