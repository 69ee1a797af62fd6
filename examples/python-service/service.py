"""
An outside service for Waymark, in nothing but Python's standard library: takes signed dispatches, analyses a CSV, and
reports stages, progress and the end by signed callbacks.

    python3 service.py --port 9001 --secret whsec_…        (or WAYMARK_SECRETS, separated by spaces)

The input of a job is {"path": "/a/file.csv"} or {"text": "a,b\\n1,2\\n", "name": "file.csv"}.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import webhooks
from analysis import BadFile, analyse, read_text
from reporter import Abandoned, CancelRequested, Refused, Reporter

MOST_BYTES = 4 * 1024 * 1024
MOST_WAITING = 100


def log(event: str, **facts) -> None:
    """One JSON object a line, never the payload."""
    print(json.dumps({"event": event, **facts}), file=sys.stderr, flush=True)


class Service:
    def __init__(self, keys, workers: int, root: str | None):
        self.keys = keys
        self._root = None if root is None else os.path.realpath(root)
        self._pool = ThreadPoolExecutor(workers)
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._running = 0

    def take(self, message_id: str, dispatch) -> bool:
        """Begins to work on it; the same dispatch again is taken once. False when there is too much to do."""
        with self._lock:
            if message_id in self._known:
                return True
            if self._running >= MOST_WAITING:
                return False
            if len(self._known) > 10_000:
                self._known.clear()
            self._known.add(message_id)
            self._running += 1
        self._pool.submit(self._run, dispatch)
        return True

    def stop(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, dispatch) -> None:
        job = {"jobId": dispatch.get("jobId"), "fence": dispatch.get("fence")}
        try:
            self._work(dispatch)
            log("done", **job)
        except Abandoned as why:
            log("abandoned", **job, reason=str(why))
        except Exception as error:  # Whatever happened: this thread has other jobs to do.
            log("trouble", **job, error=type(error).__name__)
        finally:
            with self._lock:
                self._running -= 1

    def _work(self, dispatch) -> None:
        deadline = datetime.fromisoformat(dispatch["deadline"].replace("Z", "+00:00")).timestamp()
        reporter = Reporter(self.keys, dispatch, deadline)
        try:
            reporter.started()
            reporter.stage("uploading")
            text, name = read_text(dispatch["input"], self._root)
            result = analyse(text, name, reporter.stage, reporter.progress)
            reporter.completed(result)
        except BadFile as problem:
            reporter.failed(problem.code, str(problem), "input")
        except CancelRequested:
            reporter.failed("cancelled", "The work was stopped as asked.", "temporary")
        except Abandoned:
            raise
        except Refused as refusal:
            reporter.failed("service_error", "The analysis failed.", "internal", {"refused": str(refusal)})
        except Exception as error:
            # The owner reads a plain sentence; what really happened is for the operators.
            details = {"type": type(error).__name__, "message": str(error)[:500]}
            reporter.failed("service_error", "The analysis failed.", "internal", details)


def handler_for(service: Service):
    class Handler(BaseHTTPRequestHandler):
        timeout = 10
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self._answer(200 if self.path == "/healthz" else 404)

        def do_POST(self):
            length = self.headers.get("content-length", "")
            if not length.isdigit():
                return self._answer(411)
            if int(length) > MOST_BYTES:
                return self._answer(413)
            body = self.rfile.read(int(length))
            if not webhooks.is_signed(service.keys, self.headers, body):
                return self._answer(401)
            try:
                dispatch = json.loads(body)
                fits = {"jobId", "fence", "input", "callbackUrl", "deadline"} <= dispatch.keys()
            except (ValueError, AttributeError):
                fits = False
            if not fits:
                return self._answer(400)
            taken = service.take(self.headers["webhook-id"], dispatch)
            return self._answer(202) if taken else self._answer(503, {"retry-after": "5"})

        def _answer(self, status: int, headers=None):
            self.send_response(status)
            if status >= 400:
                # The body may not have been read; whoever is not told would send the next request into a closing connection.
                self.send_header("connection", "close")
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args):
            pass

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description="Analyses CSV files for Waymark.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9001, help="0 takes a free one")
    parser.add_argument("--secret", action="append", default=[], help="whsec_…; twice while keys are rotated")
    parser.add_argument("--root", help="read no files outside this folder")
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()
    secrets = options.secret or os.environ.get("WAYMARK_SECRETS", "").split()
    if not secrets:
        parser.error("no secret: without one nobody could be trusted")
    try:
        keys = [webhooks.key_of(secret) for secret in secrets]
    except ValueError as problem:
        parser.error(str(problem))
    service = Service(keys, options.workers, options.root)
    server = ThreadingHTTPServer((options.host, options.port), handler_for(service))
    server.daemon_threads = True
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"listening on http://{options.host}:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    service.stop()
    # Threads in the middle of a job are left: Waymark notices their silence and tries again.
    os._exit(0)


if __name__ == "__main__":
    main()
