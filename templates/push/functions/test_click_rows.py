"""What the API takes as a click, what its function adds, and the columns of the table are the same names."""
import pathlib
import re
import unittest

PUSH = pathlib.Path(__file__).parent.parent


class ClickRowsTest(unittest.TestCase):
    def test_a_click_has_a_column_for_each_of_its_fields(self):
        columns = re.findall(r"- \{Name: (\w+), Type: \w+, Comment", (PUSH / "clicks.yaml").read_text())
        definition = (PUSH / "api-definition.yaml").read_text()
        clicks = definition[definition.index("            Clicks:\n"):]
        fields = re.findall(r"^ {22}(\w+): \{type", clicks, re.MULTILINE)
        self.assertGreater(len(fields), 3)
        self.assertEqual(sorted(columns), sorted([*fields, "publisher"]))

    def test_saved_questions_name_columns_only_and_say_which_days(self):
        columns = set(re.findall(r"\{Name: (\w+), Type: \w+, Comment", (PUSH / "clicks.yaml").read_text()))
        for file in sorted((PUSH / "queries").glob("*.sql")):
            with self.subTest(file.name):
                question = file.read_text()
                self.assertRegex(question, r"WHERE day (>=|=) ")
                grouped = re.search(r"GROUP BY (.*)", question).group(1).split(", ")
                self.assertLessEqual({name for name in grouped if not name.isdigit()}, columns)


if __name__ == "__main__":
    unittest.main()
