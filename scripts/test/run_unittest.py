"""Runs the unittest tests of a folder and writes what became of each as JSON.

    run_unittest.py <folder> <report.json>
"""

import json
import sys
import unittest


class NamingResult(unittest.TextTestResult):
    def __init__(self, *args, **named):
        super().__init__(*args, **named)
        self.passed, self.failed = [], []

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed.append(test.id())

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.passed.append(test.id())

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.failed.append(f'{test.id()} (succeeded unexpectedly)')

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.failed.append(test.id())

    def addError(self, test, err):
        super().addError(test, err)
        self.failed.append(test.id())

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.failed.append(subtest.id())


folder, report = sys.argv[1:]
suite = unittest.defaultTestLoader.discover(folder, top_level_dir=folder)
result = unittest.TextTestRunner(resultclass=NamingResult).run(suite)
with open(report, 'w', encoding='utf-8') as file:
    skipped = [f'{test.id()}: {reason}' for test, reason in result.skipped]
    json.dump({'passed': len(result.passed), 'failed': result.failed, 'skipped': skipped}, file)
sys.exit(0 if not result.failed else 1)
