"""Inner loops over the rows of a window, compiled by numba; called by the mechanism of the name.

What a row needs of ten small steps in numpy, a loop does in one call: on arrays of some tens to
some thousands of rows the calls were what a run cost. A kernel is a plain Python function of
arrays and numbers; ``sim.kernels.compiling`` says how it is compiled, and how to run without.

Rules, which keep results the same with and without compiling, and on every machine:

- Logarithms, exponentials, powers, sines of rows are numpy's, on arrays, between two kernels;
  sums are added in the order of the rows.
- A ``uint64`` meets only ``np.uint64``.
- Kernels import nothing of the engine but one another: constants come from ``codes``, what a run
  sets comes as an argument.
"""
