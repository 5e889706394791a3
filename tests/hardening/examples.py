"""Which public items have no example: examples.py target/doc/gradstep.json (of rustdoc's --output-format json).

Each function, method, constant, type, trait and module that a user can name needs one: in its own documentation, or in
that of the item with which it begins, "As [`Step::apply`] …". Fields, variants and implementations of traits need none:
the example of their type or trait shows them.
"""

import json
import re
import sys

crate = json.load(open(sys.argv[1]))
index = crate["index"]


def public(id, path, found):
    """Adds {id: path} of `id`, and of all that is named through it, to `found`."""
    item = index.get(str(id))
    if item is None or item["crate_id"] != 0 or id in found:
        return
    (kind, inner), = item["inner"].items()
    if kind == "use" and inner["is_glob"]:
        # What a module holds, not the module.
        for member in index[str(inner["id"])]["inner"]["module"]["items"]:
            public(member, path, found)
        return
    if kind == "use":
        return public(inner["id"], path, found)
    found[id] = "::".join(path := [*path, item["name"]])
    members = inner.get("items", []) if kind in ("module", "trait") else []
    # A macro is its text.
    for block in inner.get("impls", []) if isinstance(inner, dict) else []:
        block = index[str(block)]["inner"]["impl"]
        if block["trait"] is None:
            members = members + block["items"]
    for member in members:
        public(member, path, found)


def has_example(id):
    item = index.get(str(id), {})
    docs = item.get("docs") or ""
    if re.search(r"^```(?!text)", docs, re.M):
        return True
    if example_of := re.match(r"As \[([^\]]*)\](?:\(([^)]*)\))?", docs):
        label, target = example_of.groups()
        return has_example(item["links"].get(target or label))
    return False


found = {}
public(crate["root"], [], found)
missing = sorted(path for id, path in found.items() if not has_example(id))
for path in missing:
    print("no example:", path)
print(f"{len(found) - len(missing)} of {len(found)} with an example")
sys.exit(bool(missing))
