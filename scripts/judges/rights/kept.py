"""What roles of rendered bodies may do, held against promises: calls that they make, and calls that have to fail."""
import pathlib
import sys

from policy import says
from resolve import resources


class Promises:
    """Of one environment. Outputs of other stacks stand for themselves."""

    def __init__(self, folder, account):
        self.folder, self.account = pathlib.Path(folder), account
        self.kept, self.broken = 0, []

    def rights(self, stack, name):
        """Of a role, or of a policy that roles are given."""
        found = resources(self.folder / f"{stack}.yaml", {}, self.account)[name]
        documents = [policy["PolicyDocument"] for policy in found.get("Policies", [found])]
        return {"Statement": [statement for document in documents for statement in document["Statement"]]}

    def hold(self, place, action, resource, expected, **context):
        said = says(self.rights(*place), {"action": action, "resource": resource, "context": context})
        if said == expected:
            self.kept += 1
        else:
            self.broken.append(f"error: {' '.join(place)}: {action} on {resource} {context or ''}: expected {expected}, got {said}")

    def hold_all(self, promises):
        for place, (may, may_not) in promises.items():
            for action, resource in may:
                self.hold(place, action, resource, "Allow")
            for action, resource in may_not:
                self.hold(place, action, resource, None)

    def hold_key(self, key, services, users):
        """Through which services each role uses the key; through the others, and directly, it does not."""
        for place, its in users.items():
            self.hold(place, "kms:Decrypt", key, None)
            for service in services:
                through = {"kms:viaservice": f"{service}.eu-west-1.amazonaws.com"}
                self.hold(place, "kms:Decrypt", key, "Allow" if service in its else None, **through)

    def end(self, who):
        if self.broken:
            sys.exit("\n".join(self.broken))
        print(f"rights: {who} keep {self.kept} promises")
