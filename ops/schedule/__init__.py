"""When what is asked of whom: wishes of projects cut into jobs, a pure planner, and the runner that obeys it."""
