"""Marks for submitted notebooks: decided in a trusted process, from what a sandbox brings home.

A submission is read as data (`submissions`), its solution cells are run in a worker process with
limits and a sandbox (`sandbox`), and only plain arrays come back, over frames of bounded size
(`frames`). What they are worth is decided here (`marking`), on inputs drawn from the course's
secret, the exercise and the student. `nnlab.grading.nbgrader` puts this into nbgrader's workflow;
`runs` does the same for a folder of notebooks without it.
"""
