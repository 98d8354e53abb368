# long
start_fleet
