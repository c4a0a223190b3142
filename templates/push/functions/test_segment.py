"""python3 -m unittest discover -s templates/push/functions"""
import json
import unittest
from pathlib import Path

from segment import CONDITIONS, DEEPEST, WrongSegment, question_of


def clause_of(segment):
    whole = question_of("daily-news", segment)
    assert whole["bool"]["filter"][0] == {"term": {"publisher": "daily-news"}}
    return whole["bool"]["filter"][1]


class SegmentTest(unittest.TestCase):
    def test_everybody_is_everybody_of_the_publisher(self):
        self.assertEqual(question_of("daily-news", {"all": []}), {
            "bool": {"filter": [{"term": {"publisher": "daily-news"}}, {"bool": {"filter": []}}]}})

    def test_each_condition_becomes_one_of_opensearch(self):
        for segment, clause in (
            ({"language": "de"}, {"terms": {"language": ["de"]}}),
            ({"tag": ["sport", "c++"]}, {"terms": {"tags": ["sport", "c++"]}}),
            ({"seen_within_days": 30}, {"range": {"last_seen": {"gte": "now-30d"}}}),
            ({"near": {"latitude": 52.5, "longitude": 13.4, "kilometers": 25}},
             {"geo_distance": {"distance": "25km", "location": {"lat": 52.5, "lon": 13.4}}}),
            ({"within": {"north": 55, "south": 47, "west": 6, "east": 15}},
             {"geo_bounding_box": {"location": {"top_left": {"lat": 55, "lon": 6}, "bottom_right": {"lat": 47, "lon": 15}}}}),
        ):
            self.assertEqual(clause_of(segment), clause)

    def test_conditions_are_joined(self):
        self.assertEqual(clause_of({"all": [{"language": "de"}, {"any": [{"tag": "a"}, {"not": {"tag": "b"}}]}]}), {
            "bool": {"filter": [
                {"terms": {"language": ["de"]}},
                {"bool": {
                    "should": [{"terms": {"tags": ["a"]}}, {"bool": {"must_not": [{"terms": {"tags": ["b"]}}]}}],
                    "minimum_should_match": 1}},
            ]}})

    def test_a_box_may_cross_the_date_line(self):
        box = clause_of({"within": {"north": 0, "south": -40, "west": 170, "east": -170}})["geo_bounding_box"]["location"]
        self.assertEqual((box["top_left"]["lon"], box["bottom_right"]["lon"]), (170, -170))

    def test_every_field_that_is_asked_for_is_in_the_index(self):
        index = json.loads((Path(__file__).parent.parent / "subscribers.json").read_text())
        fields = index["mappings"]["properties"]
        for field, kind in (("publisher", "keyword"), ("subscriber", "keyword"), ("endpoint", "keyword"), ("language", "keyword"),
                            ("tags", "keyword"), ("last_seen", "date"), ("location", "geo_point")):
            self.assertEqual(fields[field]["type"], kind)

    def test_a_mistake_is_told_with_its_place(self):
        deep = {"tag": "a"}
        for _ in range(DEEPEST):
            deep = {"not": deep}
        box = {"north": 1, "south": 0, "west": 0, "east": 1}
        spot = {"latitude": 1, "longitude": 1, "kilometers": 1}
        for segment, says in (
            (None, "`segment` has to be a mapping with one key"),
            ({}, "`segment` has to be a mapping with one key"),
            ({"tag": "a", "language": "de"}, "`segment` has to be a mapping with one key"),
            ({"colour": "red"}, "`segment.colour` is not known; there are all, any, not, language, tag"),
            ({"all": {"tag": "a"}}, "`segment.all` has to be a list"),
            ({"any": []}, "`segment.any` has to be a list"),
            ({"all": [{"tag": "a"}, {"not": {"tag": []}}]}, "`segment.all[1].not.tag` has to be a word"),
            ({"tag": ["a"] * 101}, "list of up to 100"),
            ({"language": 7}, "`segment.language` has to be a word"),
            ({"tag": "two words"}, "`segment.tag` has to be a word"),
            ({"tag": ["a", {"query": "x"}]}, "`segment.tag` has to be a word"),
            ({"seen_within_days": "30"}, "`segment.seen_within_days` has to be a number from 1 to 3650"),
            ({"seen_within_days": 1.5}, "has to be a whole number"),
            ({"seen_within_days": True}, "has to be a number"),
            ({"near": {"latitude": 1, "longitude": 1}}, "`segment.near` has to have latitude, longitude, kilometers"),
            ({"near": {**spot, "latitude": 91}}, "`segment.near.latitude` has to be a number from -90 to 90"),
            ({"near": {**spot, "kilometers": 0}}, "`segment.near.kilometers`"),
            ({"near": {**spot, "longitude": float("nan")}}, "`segment.near.longitude`"),
            ({"near": {**spot, "more": 1}}, "`segment.near` has to have"),
            ({"within": {**box, "north": 0}}, "`segment.within.north` has to be more than `south`"),
            ({"within": {**box, "west": 181}}, "`segment.within.west`"),
            (deep, "is too deep: 8 levels at most"),
            ({"all": [{"tag": "a"}] * CONDITIONS}, "200 conditions at most"),
        ):
            with self.assertRaises(WrongSegment) as wrong:
                question_of("daily-news", segment)
            self.assertIn(says, str(wrong.exception))

    def test_a_publisher_is_one_publisher(self):
        for publisher in (None, "", "*", "a/b", ["a"], "a" * 65):
            with self.assertRaises(WrongSegment):
                question_of(publisher, {"all": []})


if __name__ == "__main__":
    unittest.main()
