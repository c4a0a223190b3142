"""python3 -m unittest discover -s templates/push/functions

Lambda gets one file for each function. The template puts each part in the place of the line that imports it.
"""
import ast
import re
import unittest
from pathlib import Path

HERE = Path(__file__).parent
OWN = {path.stem for path in HERE.glob("*.py")}
PUT_TOGETHER = re.compile(r"ZipFile:\s*<%=(.*?)%>", re.DOTALL)
FILE = re.compile(r'file\("push/functions/(\w+)\.py"\)')
SOUGHT = re.compile(r"os\.environ\[[\"'](\w+)[\"']\]")
GIVEN = re.compile(r"^ {10}([A-Z_]+): ", re.MULTILINE)
PART = re.compile(r'replace\("((?:[^"\\]|\\.)*)\\n",\s*file\("push/functions/(\w+)\.py"\)\)')


def source(name):
    return (HERE / f"{name}.py").read_text()


def put_together():
    """Each template, with the name of its function and the parts of it by the lines that import them."""
    for template in sorted(HERE.parent.glob("*.yaml")):
        for expression in PUT_TOGETHER.findall(template.read_text()):
            main = FILE.search(expression)
            if main:
                yield template.name, main[1], PART.findall(expression)


class PartsTest(unittest.TestCase):
    def test_functions_are_put_together(self):
        self.assertIn("worker", [main for _, main, _ in put_together()])

    def test_no_function_imports_what_lambda_does_not_have(self):
        for template, main, parts in put_together():
            text = source(main)
            for line, part in parts:
                self.assertEqual(text.count(line + "\n"), 1, f"{main}.py does not say `{line}`, as {template} expects")
                text = text.replace(line + "\n", source(part))
            imported = {
                name.split(".")[0] for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Import, ast.ImportFrom))
                for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
            }
            self.assertEqual(imported & OWN, set(), f"{template} leaves parts of {main}.py out")

    def test_functions_find_what_they_look_for(self):
        for template, main, parts in put_together():
            text = (HERE.parent / template).read_text()
            code = "".join(source(part) for part in [main, *(part for _, part in parts)])
            # Lambda itself sets the region.
            self.assertEqual(set(SOUGHT.findall(code)) - {"AWS_REGION"}, set(GIVEN.findall(text)), template)
            self.assertIn("Handler: index.handle\n", text)
            self.assertIn("\ndef handle(", source(main))

    def test_no_two_parts_mean_different_things_by_a_name(self):
        for template, main, parts in put_together():
            seen = {}
            for part in [main, *(part for _, part in parts)]:
                for node in ast.parse(source(part)).body:
                    names = [node.name] if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else [
                        target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]
                    for name in names:
                        # A constant may be said in two parts, if both say the same.
                        said = ast.dump(node)
                        self.assertEqual(seen.setdefault(name, said), said, f"`{name}` is two things in {template}")


if __name__ == "__main__":
    unittest.main()
