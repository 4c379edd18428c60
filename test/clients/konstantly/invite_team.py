"""How a user of Konstantly's client invites a team; prints what it sees of it, as JSON."""

import json
import time
import urllib.parse

from client import Refused, send

UNSET = {"roleAlias": None, "groups": None, "text": None, "deadlineAt": None}


def invite(**body):
    return send("POST", "/invites", {**UNSET, **body})


def refusal(**body):
    try:
        invite(**body)
    except Refused as error:
        return str(error)
    return "none"


team = send("POST", "/groups", {"name": "Team"})
number = team["id"]
emails = [f"Ann.{number}@Example.com", f"bob.{number}@example.com"]
text = "Welcome!\nSee you on Monday."
invited = invite(emails=emails, groups=[number], roleAlias="learner", text=text)
again = invite(emails=[emails[1]], groups=[number])
alone = invite(emails=[f"cid.{number}@example.com"])
links = {urllib.parse.urlsplit(each["inviteUrl"]).query for each in [*invited, *alone]}
seen = {
    "invited": [each["email"].replace(f".{number}", "") for each in invited],
    "fresh": all(abs(each["createdAt"] - time.time()) < 3600 for each in invited),
    "links": len(links),
    "same": again[0]["id"] == invited[1]["id"],
    "refusals": [
        refusal(emails=[emails[0], "nobody"]),
        refusal(emails=None),
        refusal(emails=emails, groups=[999_999_999]),
    ],
    "attributes": team["attributes"].get("region", "none"),
}
print(json.dumps(seen))
