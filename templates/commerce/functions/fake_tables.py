"""The few things of DynamoDB that the functions use, on dictionaries: reads, conditional writes, and all-or-nothing transactions."""
import re


class Refused(Exception):
    """A condition did not hold."""

    def __init__(self, reasons=()):
        super().__init__("the condition does not hold")
        self.response = {"CancellationReasons": [{"Code": reason} for reason in reasons]}


class Tables:
    class exceptions:
        ConditionalCheckFailedException = Refused
        TransactionCanceledException = Refused

    def __init__(self, **keys):
        """Names of tables, and of the two attributes that find an item in each."""
        self.keys = keys
        self.items = {name: {} for name in keys}
        self.conflicts = 0
        self.writes = 0

    def put(self, table, **attributes):
        """Puts an item, for a test to begin with: texts and numbers as Python has them."""
        item = {name: value if isinstance(value, dict) else {"N": str(value)} if isinstance(value, int) else {"S": value}
                for name, value in attributes.items()}
        self.items[table][self.place(table, item)] = item

    def get(self, table, *place):
        """An item as a test reads it, or nothing."""
        item = self.items[table].get(place)
        return item and {name: next(iter(value.values())) for name, value in item.items()}

    def place(self, table, attributes):
        return tuple(attributes[name]["S"] for name in self.keys[table])

    def get_item(self, TableName, Key, ConsistentRead=False):
        item = self.items[TableName].get(self.place(TableName, Key))
        return {"Item": dict(item)} if item else {}

    def put_item(self, **call):
        if not self.holds(call):
            raise Refused()
        self.carry_out("Put", call)

    def transact_write_items(self, TransactItems):
        if self.conflicts:
            self.conflicts -= 1
            raise Refused(["TransactionConflict"])
        if len(TransactItems) > 100:
            raise ValueError("a transaction has room for a hundred changes")
        changes = [next(iter(change.items())) for change in TransactItems]
        places = [(call["TableName"], self.place_of(call)) for _, call in changes]
        if len(set(places)) != len(places):
            raise ValueError("a transaction may change an item once")
        reasons = ["None" if self.holds(call) else "ConditionalCheckFailed" for _, call in changes]
        if "ConditionalCheckFailed" in reasons:
            raise Refused(reasons)
        for kind, call in changes:
            self.carry_out(kind, call)

    def place_of(self, call):
        return self.place(call["TableName"], call.get("Item") or call["Key"])

    def holds(self, call):
        item = self.items[call["TableName"]].get(self.place_of(call), {})
        return any(self.part_holds(part, item, call) for part in call.get("ConditionExpression", "").split(" OR "))

    def part_holds(self, part, item, call):
        if not part:
            return True
        asked = re.fullmatch(r"(attribute_exists|attribute_not_exists)\((\w+)\)", part)
        if asked:
            return (asked[2] in item) == (asked[1] == "attribute_exists")
        name, sign, value = re.fullmatch(r"(#?\w+) (=|>=) (:\w+)", part).groups()
        there = item.get(self.named(name, call))
        wanted = call["ExpressionAttributeValues"][value]
        if there is None or sign == "=":
            return there == wanted
        return int(there["N"]) >= int(wanted["N"])

    def named(self, name, call):
        return call["ExpressionAttributeNames"][name] if name.startswith("#") else name

    def carry_out(self, kind, call):
        items, place = self.items[call["TableName"]], self.place_of(call)
        self.writes += 1
        if kind == "Put":
            items[place] = call["Item"]
        elif kind == "Delete":
            items.pop(place, None)
        else:
            item = items.setdefault(place, dict(call["Key"]))
            values = call["ExpressionAttributeValues"]
            for change in call["UpdateExpression"].removeprefix("SET ").split(", "):
                name, sign, value = re.fullmatch(r"(#?\w+) = (?:\w+ ([+-]) )?(:\w+)", change).groups()
                name = self.named(name, call)
                if sign:
                    item[name] = {"N": str(int(item[name]["N"]) + int(sign + values[value]["N"]))}
                else:
                    item[name] = values[value]
