# Another module in place of one that the kernel uses, for the executions that follow.
import builtins, json, sys
builtins.len = builtins.print = builtins.isinstance = lambda *values: 1 / 0
json.dumps = os.write = lambda *values: 1 / 0
sys.stdout = sys.stderr = sys.modules['quicksand_kernel'] = None
