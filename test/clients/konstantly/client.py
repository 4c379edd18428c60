"""A client as users of Konstantly write one: anything but a 200 is a failure."""

import json
import os
import urllib.error
import urllib.request

BASE = os.environ["KONSTANTLY_URL"] + "/openapi/v1"
HEADERS = {"X-API-KEY": os.environ["KONSTANTLY_KEY"], "Content-Type": "application/json"}


class Refused(Exception):
    """With a message that joins what is wrong with each field."""


def send(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data=data, headers=HEADERS, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            if response.status != 200:
                raise Refused(f"status {response.status}")
            text = response.read()
    except urllib.error.HTTPError as error:
        answer = json.loads(error.read())
        fields = [
            f"{field}: {', '.join(messages)}"
            for field, messages in answer.get("errors", {}).items()
        ]
        raise Refused("; ".join([answer["message"], *fields]))
    return json.loads(text) if text else None


def groups():
    offset = 0
    while True:
        page = send("GET", f"/groups?offset={offset}")
        yield from page["groups"]
        offset += len(page["groups"])
        if offset >= page["totalCount"]:
            return
