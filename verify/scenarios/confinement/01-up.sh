interfaces_before=$(interfaces)
start_fleet
three_run
