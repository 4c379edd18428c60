"""A small client of the product that Connect is, as its users write one. It knows nothing of Usher.

Needs Python 3.8 or later, and nothing else.
"""

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request

RETRIED = (408, 409, 429)
LONGEST_WAIT = 60.0


class ConnectError(Exception):
    """An answer that is not what was asked for, in the server's own words."""

    def __init__(self, status, body):
        super().__init__(body.get("message", "status %d" % status))
        self.status = status
        self.body = body


class Connect:
    """`key` is an API key or an access token."""

    def __init__(self, base_url, key, max_retries=2, backoff=0.5):
        self.base_url = base_url
        self.key = key
        self.max_retries = max_retries
        self.backoff = backoff
        # Straight to the server, whatever proxies the environment names.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def issue_access_token(self):
        return self._send("POST", "/v1/auth/access-tokens", {"grant_type": "client_credentials"})

    def list_groups(self, **query):
        """Every group, page by page."""
        page = 1
        while True:
            parameters = urllib.parse.urlencode(dict(query, page=page))
            answer = self._send("GET", "/v1/groups?" + parameters)
            for group in answer["data"]:
                yield group
            if answer["pagination"]["page"] >= answer["pagination"]["total_pages"]:
                return
            page += 1

    def create_group(self, name, external_reference_id):
        fields = {"name": name, "external_reference_id": external_reference_id}
        return self._send("POST", "/v1/groups", fields)["data"]

    def retrieve_group(self, group_id):
        return self._send("GET", group_path(group_id))["data"]

    def update_group(self, group_id, **fields):
        return self._send("PATCH", group_path(group_id), fields)["data"]

    def sync_members(self, group_id, members):
        """The group has these members then, and no others."""
        path = group_path(group_id) + "/members/sync"
        return self._send("POST", path, {"members": members})["data"]

    def retrieve_sync(self, group_id, request_id):
        path = "%s/members/sync/%s" % (group_path(group_id), urllib.parse.quote(request_id, safe=""))
        return self._send("GET", path)["data"]

    def _send(self, method, path, fields=None):
        tried = 0
        while True:
            wait = self.backoff * 2**tried
            try:
                return self._send_once(method, path, fields)
            except urllib.error.HTTPError as answer:
                body = json.loads(answer.read())
                if tried == self.max_retries or not is_retried(answer):
                    raise ConnectError(answer.code, body) from None
                told = told_to_wait(answer.headers)
                wait = wait if told is None else told
            except (OSError, http.client.HTTPException):
                if tried == self.max_retries:
                    raise
            time.sleep(wait)
            tried += 1

    def _send_once(self, method, path, fields):
        headers = {"Authorization": "Bearer " + self.key}
        data = None
        if fields is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(fields).encode()
        request = urllib.request.Request(self.base_url + path, data, headers, method=method)
        with self.opener.open(request, timeout=60) as response:
            return json.loads(response.read())


def group_path(group_id):
    return "/v1/groups/" + urllib.parse.quote(group_id, safe="")


def is_retried(answer):
    told = answer.headers.get("x-should-retry")
    if told in ("true", "false"):
        return told == "true"
    return answer.code in RETRIED or answer.code >= 500


def told_to_wait(headers):
    """Seconds, where the server names a time that is worth waiting for."""
    milliseconds, seconds = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        told = float(milliseconds) / 1000 if milliseconds is not None else float(seconds or "nan")
    except ValueError:
        return None
    return told if 0 <= told < LONGEST_WAIT else None
