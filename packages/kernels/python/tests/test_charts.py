"""Charts in the kernel itself: what they cost, what plotting methods look like to programs, and matplotlib that comes late.

What the charts hold is told by the gallery of the conformance suite, through everything.
"""

import unittest

from host import Host, shared_host

# Of what it takes to draw the same figure.
MOST_SHARE = 0.2
SHARES = '''
import io, time, statistics, matplotlib.pyplot as plt, numpy as np, pandas as pd
from quicksand_kernel.charts.extract import extract_chart
from quicksand_kernel.plain_json import encode_plain
rng, n = np.random.default_rng(1), 10_000
plots = {
    'line': lambda ax: ax.plot(rng.normal(size=n)),
    'dates': lambda ax: ax.plot(pd.date_range('2024-01-01', periods=n, freq='min'), rng.normal(size=n)),
    'scatter': lambda ax: ax.scatter(rng.normal(size=n), rng.normal(size=n), c=rng.random(n), s=rng.random(n)),
    'colours': lambda ax: ax.scatter(rng.normal(size=n), rng.normal(size=n), c=rng.random((n, 3))),
    'area': lambda ax: ax.fill_between(np.arange(n), rng.random(n)),
    'heatmap': lambda ax: ax.imshow(rng.random((100, 100))),
    'hundred lines': lambda ax: ax.plot(rng.normal(size=(100, 100))),
}
def measure(work, rounds):
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times)
shares = {}
for name, plot in plots.items():
    figure, ax = plt.subplots()
    plot(ax)
    drawing = measure(lambda: figure.savefig(io.BytesIO()), 3)
    shares[name] = measure(lambda: encode_plain(extract_chart(figure)), 21) / drawing
    plt.close(figure)
shares
'''


class ChartsTest(unittest.TestCase):
    def setUp(self):
        self.kernel = shared_host().spawn()
        self.addCleanup(self.kernel.kill)

    def chart(self, code, **more):
        run = self.kernel.execute(code, **more)
        self.assertEqual(run.errors, [])
        return [result for result in run.results if 'png' in result]

    def test_a_chart_of_ten_thousand_points_costs_a_part_of_its_picture(self):
        shares = self.kernel.execute(SHARES, timeout=60).results[-1]['json']
        self.assertEqual(len(shares), 7)
        for name, share in shares.items():
            with self.subTest(name):
                self.assertLess(share, MOST_SHARE)

    def test_it_is_read_only_when_it_is_wanted(self):
        code = 'import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.gca().get_legend = lambda: print("read")\nplt.show()'
        run = self.kernel.execute(code, charts=False)
        self.assertEqual([set(result) for result in run.results], [{'text', 'png'}])
        self.assertEqual(run.stdout, '')
        self.assertIn('read', self.kernel.execute(code).stdout)

    def test_plotting_methods_look_as_they_were(self):
        run = self.kernel.execute(
            'import inspect, matplotlib.axes as axes, matplotlib.pyplot as plt\n'
            'ax = plt.figure().add_subplot()\n'
            'counts, edges, bars = ax.hist([1, 2, 2], bins=[0, 1.5, 3])\n'
            'plt.close()\n'
            '[str(inspect.signature(axes.Axes.hist))[:20], axes.Axes.hist.__name__, "histogram" in axes.Axes.hist.__doc__, counts.tolist(), len(bars)]')
        self.assertEqual(run.results[-1]['json'], ['(self, x, bins=None,', 'hist', True, [1.0, 2.0], 2])

    def test_an_error_of_a_plotting_method_shows_no_frame_of_ours(self):
        [error] = self.kernel.execute('import matplotlib.pyplot as plt\nplt.hist([1], bins="no such rule")').errors
        self.assertNotIn('quicksand_kernel', ''.join(error['traceback']))
        self.assertEqual(error['lineNumber'], 2)

    def test_an_interrupt_while_a_chart_is_read_stops_the_code(self):
        code = ('import matplotlib.pyplot as plt\nplt.plot([1, 2])\n'
                'def wait():\n    print("here", flush=True)\n    while True: pass\n'
                'plt.gca().get_legend = wait\nplt.show()')
        run = self.kernel.start(code)
        self.kernel.until(lambda: 'here' in run.stdout)
        self.kernel.interrupt()
        self.kernel.until(lambda: run.done)
        self.assertEqual([error['ename'] for error in run.errors], ['KeyboardInterrupt'])
        self.assertEqual(self.kernel.execute('1 + 1').results, [{'text': '2'}])

    def test_other_formats_and_a_captured_figure_have_it_too(self):
        [shown] = [result for result in self.kernel.execute(
            '%config InlineBackend.figure_formats = ["svg"]\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()').results if 'svg' in result]
        self.assertEqual(shown['chart']['type'], 'line')
        self.kernel.execute('%config InlineBackend.figure_formats = ["png"]')
        self.assertEqual(self.kernel.execute('%%capture held\nplt.plot([1, 2])\nplt.show()').results, [])
        [shown] = self.chart('held.show()')
        self.assertEqual(shown['chart']['data']['series'][0]['y'], [1, 2])

    def test_reading_a_chart_warns_of_nothing(self):
        run = self.kernel.execute(
            'import warnings, pandas as pd, matplotlib.pyplot as plt\n'
            'with warnings.catch_warnings(action="ignore"):\n'
            '    pd.Series([1, 2, 3], index=pd.date_range("2024-01-01", periods=3, freq="B")).plot()\n'
            '    plt.gcf().canvas.draw()\n'
            'warnings.simplefilter("error")\n'
            'plt.gca().get_legend = lambda: warnings.warn("read")\n'
            'plt.show()', timeout=30)
        [shown] = [result for result in run.results if 'png' in result]
        self.assertEqual(shown['chart']['data']['series'][0]['x'], ['2024-01-01', '2024-01-02', '2024-01-03'])

    def test_figures_that_were_shown_are_not_kept(self):
        run = self.kernel.execute(
            'import gc, weakref, matplotlib.pyplot as plt\n'
            'figure = plt.figure()\nplt.hist([1, 2])\nplt.show()\n'
            'seen = weakref.ref(figure)\ndel figure\ngc.collect()\nseen() is None')
        self.assertEqual(run.results[-1], {'text': 'True'})

    def test_figures_that_were_shown_take_no_memory_after_their_code(self):
        for plot in ('import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()', 'plt.plot([1, 2]);', 'plt.subplots(4, 4);'):
            self.kernel.execute(plot)
        count = 'import gc\n[sum(type(thing).__name__ == "Figure" for thing in gc.get_objects())]'
        self.assertEqual(self.kernel.execute(count).results[0]['json'], [0])
        self.kernel.execute('gc.disable()')
        self.kernel.execute('plt.plot([1, 2]);')
        self.assertEqual(self.kernel.execute(count).results[0]['json'], [1])

    def test_what_looks_like_a_chart_and_is_none_is_left_out(self):
        run = self.kernel.execute('display({"application/vnd.quicksand.chart+json": b"}", "text/plain": "x"}, raw=True)')
        self.assertEqual(run.results, [{'text': 'x'}])

    def test_matplotlib_that_is_imported_late(self):
        host = Host(preload='')
        self.addCleanup(host.close)
        kernel = host.spawn(env={'HOME': '/home/user', 'PATH': '/usr/bin', 'MPLBACKEND': 'module://matplotlib_inline.backend_inline', 'MPLCONFIGDIR': '/tmp'})
        self.addCleanup(kernel.kill)
        run = kernel.execute('import matplotlib.pyplot as plt\nplt.hist([1, 2, 2], bins=[0, 1.5, 3])\nplt.show()', timeout=60)
        [shown] = [result for result in run.results if 'png' in result]
        self.assertEqual(shown['chart']['type'], 'histogram')
        self.assertEqual(shown['chart']['data']['series'][0]['counts'], [1, 2])


if __name__ == '__main__':
    unittest.main()
