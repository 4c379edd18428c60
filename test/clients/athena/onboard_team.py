"""A customer's script against the reference's API, with nothing but the standard library.

It does what onboard-team.ts does, and prints what it saw as one JSON array. Unlike that one it sends the
fields that it has no value for as null, as scripts do that build their bodies from a table.
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

NOBODY = "01900000-0000-7000-8000-000000000000"


class AthenaError(Exception):
    def __init__(self, status, body):
        super().__init__(body["error"])
        self.status = status
        self.body = body


class Athena:
    def __init__(self, base_url, api_key):
        self.base_url = base_url.rstrip("/")
        self.api_key = api_key
        self.remaining = None

    def send(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.base_url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Api-Key": self.api_key, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                self.remaining = int(response.headers["X-Rate-Limit-Remaining"])
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise AthenaError(error.code, json.load(error)) from None


def invite(kind, **fields):
    """A row of the table that the invites come from."""
    row = {
        "type": kind,
        "invite_method": None,
        "email": None,
        "website_id": None,
        "group_id": None,
        "first_name": None,
        "last_name": None,
    }
    return {**row, **fields}


def onboard_team(athena, stranger):
    seen = []

    def see(answer):
        seen.append(answer)
        return answer

    def see_error(client, *call):
        try:
            client.send(*call)
        except AthenaError as error:
            see([error.status, error.body])
        else:
            raise RuntimeError("this was to be refused")

    shop = {"url": "https://shop.example/", "name": None, "external_id": "shop"}
    first = see(athena.send("POST", "/websites", shop))["website"]
    blog = {"url": "blog.example", "name": "Blog", "external_id": None}
    second = see(athena.send("POST", "/websites", blog))["website"]
    see(athena.send("GET", "/websites"))

    team = {
        "name": "Team",
        "website_ids": [first["id"]],
        "billing_enabled": True,
        "external_id": "team/1",
    }
    group = see(athena.send("POST", "/groups", team))["group"]
    change = {
        "name": "The Team",
        "add_website_ids": [second["id"]],
        "remove_website_ids": [first["id"]],
    }
    see(athena.send("PATCH", f"/groups/{group['id']}", change))
    for external_id in ("team/1", "team/2"):
        query = urllib.parse.urlencode({"external_id": external_id})
        see(athena.send("GET", f"/groups?{query}"))
    see(athena.send("GET", f"/groups/{group['id']}"))
    credits = {"group_id": group["id"], "monthly": 100, "one_off": 2.5}
    see(athena.send("PUT", "/credits/group", credits))
    see(athena.send("GET", f"/credits/group?group_id={group['id']}"))

    ann = {
        "invite_method": "direct",
        "email": "Ann@example.com",
        "role": "admin",
        "first_name": "Ann",
    }
    to_shop = invite("website", **ann, website_id=first["id"])
    added = see(athena.send("POST", "/invites", to_shop))
    see(athena.send("POST", "/invites", to_shop))
    see(athena.send("POST", "/invites", invite("group", **ann, group_id=group["id"])))
    see(athena.send("POST", "/invites", invite("organization", **ann)))
    many = {**ann, "last_name": None, "website_ids": [first["id"], second["id"], NOBODY]}
    see(athena.send("POST", "/invites/bulk", many))
    see(athena.send("GET", f"/websites/{second['id']}/members"))
    member = f"/websites/{first['id']}/members/{added['user_id']}"
    see(athena.send("DELETE", member))
    see(athena.send("GET", f"/websites/{first['id']}/members"))

    bob = invite("organization", invite_method="email", email="bob@example.com")
    sent = see(athena.send("POST", "/invites", bob))
    see(athena.send("POST", "/invites", bob))
    revocation = f"/invites/org/{sent['invite_id']}"
    see(athena.send("DELETE", revocation))
    see_error(athena, "DELETE", revocation)

    see_error(athena, "GET", f"/groups/{NOBODY}")
    see_error(athena, "POST", "/groups", {"name": "", "website_ids": []})
    again = {**team, "name": "Again", "billing_enabled": False}
    see_error(athena, "POST", "/groups", again)
    nowhere = {**bob, "type": "website"}
    del nowhere["website_id"]
    see_error(athena, "POST", "/invites", nowhere)
    see_error(athena, "DELETE", member)
    see_error(stranger, "GET", "/websites")
    see({"counted": athena.remaining >= 0})
    return seen


if __name__ == "__main__":
    url = os.environ["ATHENA_URL"]
    json.dump(
        onboard_team(Athena(url, os.environ["ATHENA_KEY"]), Athena(url, "not-a-key")),
        sys.stdout,
    )
