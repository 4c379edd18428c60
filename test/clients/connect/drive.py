"""Lets a test use the client: a line of JSON for each call on stdin, one for what came of it on stdout.

A call is {"method", "arguments", "fields"}; what came of it {"result"}, or {"error", "status"}.
"""

import json
import sys

from client import Connect, ConnectError

base_url, key, backoff = sys.argv[1:4]
connect = Connect(base_url, key, backoff=float(backoff))

for line in sys.stdin:
    call = json.loads(line)
    try:
        result = getattr(connect, call["method"])(*call["arguments"], **call["fields"])
        if call["method"] == "list_groups":
            result = list(result)
        answer = {"result": result}
    except ConnectError as error:
        answer = {"error": str(error), "status": error.status}
    except Exception as error:
        answer = {"error": repr(error), "status": None}
    print(json.dumps(answer), flush=True)
