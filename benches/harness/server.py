"""nginx as Graph: 204 over TLS with Graph's headers, trusted by the system's own roots as any public host is."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
ECHO_MODULE = pathlib.Path("/usr/lib/nginx/modules/ngx_http_echo_module.so")

NGINX = """
daemon off; pid {dir}/nginx.pid; error_log {dir}/error.log; worker_processes 1; {modules}
events {{ worker_connections 4096; }}
http {{
  access_log off; client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
  uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  ssl_certificate {dir}/cert.pem; ssl_certificate_key {dir}/key.pem; ssl_session_cache shared:s:1m;
  ssl_protocols TLSv1.2 TLSv1.3;
  http2_max_concurrent_streams 256; large_client_header_buffers 4 16k;
  map $request_id $guid {{
    "~^(?<a>.{{8}})(?<b>.{{4}})(?<c>.{{4}})(?<d>.{{4}})(?<e>.{{12}})$" "$a-$b-$c-$d-$e";
  }}
  map $http_client_request_id $client_guid {{ "" $guid; default $http_client_request_id; }}
  add_header request-id $guid;
  add_header client-request-id $client_guid;
  add_header x-ms-ags-diagnostic '{{"ServerInfo":{{"DataCenter":"West Europe","Slice":"E","Ring":"5"}}}}';
  add_header strict-transport-security "max-age=31536000";
  server {{ listen 127.0.0.1:{plain}; location / {{ stub_status; }} }}
  server {{ listen 127.0.0.1:{steady} ssl http2; keepalive_requests 100000000; location / {{ return 204; }} }}
  server {{ listen 127.0.0.1:{closing} ssl http2; keepalive_requests 1000; location / {{ return 204; }} }}
  server {{ listen 127.0.0.1:{sign_in} ssl http2; location / {{ default_type application/json; return 200
    '{{"token_type":"Bearer","expires_in":3599,"access_token":"{token}"}}'; }} }}
  {slow}
}}
"""
SLOW = """server {{ listen 127.0.0.1:{late} ssl http2; keepalive_requests 100000000;
    location / {{ echo_status 204; echo_sleep 0.05; }} }}"""


def find(program):
    return shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:" + os.path.expanduser("~/.cargo/bin"))


def enter_namespace():
    """Starts the script again where mounts are its own, so that it can add a root to the system's bundle."""
    if "BENCH_NAMESPACE" not in os.environ:
        os.environ["BENCH_NAMESPACE"] = "1"
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        os.execvp("unshare", ["unshare", "--mount", *user, sys.executable, *sys.argv])


class Server:
    """nginx with a certificate of our own, as long as the block lasts."""

    def __init__(self, folder, token):
        self.dir, self.token = folder, token
        self.ports = {name: free_port() for name in ("plain", "steady", "closing", "late", "sign_in")}

    def __enter__(self):
        make_certificates(self.dir)
        subprocess.run(["mount", "--bind", self.dir / "roots.pem", BUNDLE], check=True)
        modules = f"load_module {ECHO_MODULE};" if ECHO_MODULE.exists() else ""
        slow = SLOW.format(**self.ports) if ECHO_MODULE.exists() else ""
        conf = NGINX.format(dir=self.dir, modules=modules, slow=slow, token=self.token, **self.ports)
        (self.dir / "nginx.conf").write_text(conf)
        self.process = subprocess.Popen([find("nginx"), "-c", self.dir / "nginx.conf", "-p", self.dir])
        for _ in range(100):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.ports["plain"]), 1).close()
                return self
            time.sleep(0.05)
        sys.exit("nginx did not start: " + (self.dir / "error.log").read_text())

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def url(self, name="steady"):
        return f"https://localhost:{self.ports[name]}"

    def connections(self):
        """The number of connections that nginx has accepted so far, including the one of this question."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['plain']}/") as status:
            return int(status.read().split(b"\n")[2].split()[0])


class Relay:
    """A TCP relay in front of a port, with the delays of a distant host.

    A handshake with a distant host takes a round trip before the first byte can leave; on loopback it takes none, so
    the relay holds a new connection's first bytes back for as long.
    """

    def __init__(self, port, one_way):
        self.target, self.one_way = port, one_way
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            accepted = time.monotonic()
            server = socket.create_connection(("127.0.0.1", self.target))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, sink, ready in ((client, server, accepted + 2 * self.one_way), (server, client, 0)):
                threading.Thread(target=self.copy, args=(source, sink, ready), daemon=True).start()

    def copy(self, source, sink, ready):
        """Forwards each piece one delay after it was read; pieces overlap on their way."""
        pieces, more = [], threading.Condition()

        def send():
            while True:
                with more:
                    more.wait_for(lambda: pieces)
                    due, piece = pieces.pop(0)
                time.sleep(max(0, due - time.monotonic()))
                with contextlib.suppress(OSError):
                    sink.sendall(piece) if piece else sink.shutdown(socket.SHUT_WR)
                if not piece:
                    return

        threading.Thread(target=send, daemon=True).start()
        piece = b"-"
        while piece:
            try:
                piece = source.recv(65536)
            except OSError:
                piece = b""
            with more:
                pieces.append((max(time.monotonic(), ready) + self.one_way, piece))
                more.notify()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def make_certificates(folder):
    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, capture_output=True, cwd=folder)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=bench root", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
            "-keyout", "key.pem", "-out", "csr.pem")
    (folder / "ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "ext", "-out", "cert.pem")
    (folder / "roots.pem").write_text(pathlib.Path(BUNDLE).read_text() + (folder / "ca.pem").read_text())
