"""What the client of a user of Konstantly does in a day; prints what it sees of it, as JSON."""

import json

from client import Refused, groups, send

UNSET = {"parentId": None, "description": None, "attributes": None}

parent = send("POST", "/groups", {"name": "All", **UNSET})
team = send("POST", "/groups", {"name": "Team", **UNSET})
path = f"/groups/{team['id']}"
region = team["attributes"].get("region", "none")
attributes = {"region": "North"}
moved = send("PATCH", path, {"name": "Team", "parentId": parent["id"], "attributes": attributes})
kept = send("PATCH", path, {"name": "Team A", **UNSET})
refusal = ""
try:
    send("PATCH", path, {"name": ""})
except Refused as error:
    refusal = str(error)
named = sum(1 for group in groups() if group["name"] == "Team A")
for group in (team, parent):
    send("DELETE", f"/groups/{group['id']}")
regions = [region, moved["attributes"]["region"], kept["attributes"]["region"]]
print(json.dumps({"regions": regions, "refusal": refusal, "named": named}))
