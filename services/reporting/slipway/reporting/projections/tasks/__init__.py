"""Each desired change of a VPS is a task with an outcome. The KPIs count the tasks."""
