"""Makes a question for OpenSearch out of a segment: which of a publisher's subscribers are meant.

A segment is a mapping with one key:

    {"all": [SEGMENT, …]}   {"any": [SEGMENT, …]}   {"not": SEGMENT}
    {"language": "de"}      {"tag": "sport"}        either of several: {"tag": ["sport", "news"]}
    {"seen_within_days": 30}
    {"near": {"latitude": 52.5, "longitude": 13.4, "kilometers": 25}}
    {"within": {"north": 55, "south": 47, "west": 6, "east": 15}}

`{"all": []}` is everybody. A box whose west lies east of its east crosses the date line.
"""
import re

DEEPEST = 8
CONDITIONS = 200
WORDS = 100
WORD = re.compile(r"[\w.+-]{1,64}")
# A name becomes part of a message's name, and of paths.
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class WrongSegment(ValueError):
    """The segment cannot be understood; it says where."""


def question_of(publisher, segment):
    if not isinstance(publisher, str) or not NAME.fullmatch(publisher):
        raise WrongSegment("`publisher` has to be a publisher's name")
    left = [CONDITIONS]
    return {"bool": {"filter": [{"term": {"publisher": publisher}}, clause(segment, "segment", 1, left)]}}


def clause(segment, place, depth, left):
    if not isinstance(segment, dict) or len(segment) != 1:
        raise WrongSegment(f"`{place}` has to be a mapping with one key")
    left[0] -= 1
    if left[0] < 0:
        raise WrongSegment(f"a segment has {CONDITIONS} conditions at most")
    if depth > DEEPEST:
        raise WrongSegment(f"`{place}` is too deep: {DEEPEST} levels at most")
    (key, value), = segment.items()
    place = f"{place}.{key}"
    if key in ("all", "any"):
        if not isinstance(value, list) or (key == "any" and not value):
            raise WrongSegment(f"`{place}` has to be a list of segments")
        clauses = [clause(part, f"{place}[{number}]", depth + 1, left) for number, part in enumerate(value)]
        return {"bool": {"filter": clauses} if key == "all" else {"should": clauses, "minimum_should_match": 1}}
    if key == "not":
        return {"bool": {"must_not": [clause(value, place, depth + 1, left)]}}
    if key not in CONDITION_OF:
        known = ", ".join(["all", "any", "not", *CONDITION_OF])
        raise WrongSegment(f"`{place}` is not known; there are {known}")
    return CONDITION_OF[key](value, place)


def words(field):
    def condition(value, place):
        several = value if isinstance(value, list) else [value]
        if not 0 < len(several) <= WORDS or not all(isinstance(one, str) and WORD.fullmatch(one) for one in several):
            raise WrongSegment(f"`{place}` has to be a word, or a list of up to {WORDS}")
        return {"terms": {field: several}}

    return condition


def number(value, place, least, most):
    # In Python true is a number too; in a segment it is a mistake.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise WrongSegment(f"`{place}` has to be a number from {least} to {most}")
    return value


def numbers(value, place, bounds):
    if not isinstance(value, dict) or set(value) != set(bounds):
        raise WrongSegment(f"`{place}` has to have {', '.join(bounds)}")
    return [number(value[name], f"{place}.{name}", *bounds[name]) for name in bounds]


def seen(value, place):
    days = number(value, place, 1, 3650)
    if not isinstance(days, int):
        raise WrongSegment(f"`{place}` has to be a whole number")
    return {"range": {"last_seen": {"gte": f"now-{days}d"}}}


def near(value, place):
    latitude, longitude, kilometers = numbers(value, place, {
        "latitude": (-90, 90), "longitude": (-180, 180), "kilometers": (0.1, 20_000)})
    return {"geo_distance": {"distance": f"{kilometers}km", "location": {"lat": latitude, "lon": longitude}}}


def within(value, place):
    north, south, west, east = numbers(value, place, {
        "north": (-90, 90), "south": (-90, 90), "west": (-180, 180), "east": (-180, 180)})
    if north <= south:
        raise WrongSegment(f"`{place}.north` has to be more than `south`")
    corners = {"top_left": {"lat": north, "lon": west}, "bottom_right": {"lat": south, "lon": east}}
    return {"geo_bounding_box": {"location": corners}}


CONDITION_OF = {
    "language": words("language"), "tag": words("tags"), "seen_within_days": seen, "near": near, "within": within,
}
