"""Reports one attempt back to Waymark: signed, with rising seq, each callback sent again until it is answered."""

import http.client
import json
import time
from urllib.parse import urlsplit

import webhooks


class Abandoned(Exception):
    """Nobody waits for this attempt any more: its deadline passed, or another attempt has the job."""


class CancelRequested(Exception):
    """The owner asked for the job to stop."""


class Refused(Exception):
    """Waymark did not understand a callback; sending it again cannot help."""


class Reporter:
    EVERY_S = 0.25
    CALL_S = 10
    LONGEST_WAIT_S = 5

    def __init__(self, keys, dispatch, deadline: float):
        self._keys = keys
        self._job_id = dispatch["jobId"]
        self._fence = dispatch["fence"]
        self._url = urlsplit(dispatch["callbackUrl"])
        if self._url.scheme not in ("http", "https"):
            raise ValueError("callbackUrl is not http(s)")
        self._deadline = deadline
        self._seq = 0
        self._last_progress = 0.0

    def started(self) -> None:
        self._send({"type": "started"})

    def stage(self, name: str) -> None:
        self._send({"type": "progress", "stage": name})

    def progress(self, percent: float, message: str) -> None:
        """Percent of the whole job. Cheap to call often: a few times a second it is sent."""
        now = time.monotonic()
        if now - self._last_progress < self.EVERY_S:
            return
        self._last_progress = now
        self._send({"type": "progress", "progress": round(percent, 1), "message": message})

    def completed(self, result) -> None:
        self._send({"type": "completed", "result": result})

    def failed(self, code: str, message: str, category: str, details=None) -> None:
        error = {"code": code, "message": message, "category": category}
        self._send({"type": "failed", "error": error if details is None else {**error, "details": details}})

    def _send(self, event) -> None:
        self._seq += 1
        message = {"jobId": self._job_id, "fence": self._fence, "seq": self._seq, **event}
        body = json.dumps(message, allow_nan=False).encode()
        # The same id each time it is sent, so that Waymark can tell a repeated callback from a new one.
        message_id = f"{self._job_id}_{self._fence}_{self._seq}"
        wait = 0.2
        while True:
            status, answer = self._post(message_id, body)
            if status == 200:
                if not answer.get("applied") and answer.get("reason") in ("lost", "ended", "unknown"):
                    raise Abandoned(answer["reason"])
                if answer.get("cancelRequested"):
                    raise CancelRequested()
                return
            if status is not None and 400 <= status < 500 and status not in (408, 425, 429):
                raise Refused(f"{status}: {answer.get('detail', 'no detail')}")
            if time.time() + wait > self._deadline:
                raise Abandoned("deadline")
            time.sleep(wait)
            wait = min(wait * 2, self.LONGEST_WAIT_S)

    def _post(self, message_id: str, body: bytes):
        """The status and the answer; None when there was none. http.client follows no redirects and knows no proxies."""
        kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._url.hostname, self._url.port, timeout=self.CALL_S)
        try:
            # Signed anew for each sending: a timestamp may be at most five minutes old.
            headers = {"content-type": "application/json", **webhooks.sign(self._keys, message_id, body)}
            connection.request("POST", self._url.path, body, headers)
            response = connection.getresponse()
            text = response.read(65_536)
            try:
                answer = json.loads(text)
            except ValueError:
                answer = {}
            return response.status, answer if isinstance(answer, dict) else {}
        except (OSError, http.client.HTTPException):
            return None, {}
        finally:
            connection.close()
