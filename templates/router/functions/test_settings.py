"""python3 -m unittest discover -s templates/router/functions: settings of the account."""
import contextlib
import io
import pathlib
import sys
import types
import unittest
from unittest import mock

SOURCE = (pathlib.Path(__file__).with_name("settings.py")).read_text()


class SettingsTest(unittest.TestCase):
    def ask(self, kind, refuses=None):
        self.ecs = mock.Mock()
        self.ecs.put_account_setting_default.side_effect = refuses
        told = types.SimpleNamespace(SUCCESS="SUCCESS", FAILED="FAILED", send=mock.Mock())
        modules = {"boto3": types.SimpleNamespace(client=lambda name: self.ecs), "cfnresponse": told}
        event = {"RequestType": kind, "ResourceProperties": {"Settings": {"awsvpcTrunking": "enabled"}}}
        with mock.patch.dict(sys.modules, modules), contextlib.redirect_stdout(io.StringIO()):
            names = {}
            exec(compile(SOURCE, "settings.py", "exec"), names)  # pylint: disable=exec-used
            names["handle"](event, None)
        told.send.assert_called_once()
        return told.send.call_args

    def test_every_setting_gets_its_value(self):
        for kind in ["Create", "Update"]:
            self.assertEqual(self.ask(kind).args[2], "SUCCESS")
            self.ecs.put_account_setting_default.assert_called_once_with(name="awsvpcTrunking", value="enabled")

    def test_what_was_set_stays_when_the_stack_goes(self):
        self.assertEqual(self.ask("Delete").args[2], "SUCCESS")
        self.ecs.put_account_setting_default.assert_not_called()

    def test_a_refusal_is_told(self):
        told = self.ask("Create", refuses=RuntimeError("not allowed"))
        self.assertEqual((told.args[2], told.kwargs["reason"]), ("FAILED", "not allowed"))


if __name__ == "__main__":
    unittest.main()
