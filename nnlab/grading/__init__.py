"""Marks for submitted notebooks: decided in a trusted process, from what a sandbox brings home.

A submission is read as data (`submission`), its solution cells are run in a worker process with
limits and a sandbox (`sandbox`), and only plain data come back, over frames of bounded size
(`frames`). What they are worth is decided here (`marking`), on inputs drawn from the course's
secret, the exercise and the student. `nnlab.grading.nbgrader` puts this into nbgrader's workflow;
`command` does the same for a folder of notebooks without it.

Returned values cannot be forged, since nobody knows the right ones before. What an answer says
about the way to them – that nothing overflowed, that no argument was changed – is observed in the
student's own process, and an expert could hide it there.
"""
