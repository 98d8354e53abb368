# long
start_fleet
exec_in() { mvm instance exec -n "$INSTANCE" -- "$@"; }
state() { mvm instance list | awk -v a="$INSTANCE" '$1 == a {print $2}'; }
healthy() { mvm instance list | grep -qE "^$INSTANCE +Running .* healthy$"; }
carried() { mvm tenant-key status "${1%/*}" --json | tr -d ' \n' | grep -q "\"version\":$2,[^}]*\"nodes\":\\[\"n-dev\"\\]"; }
newest() { mvm tenant-key list | awk -v k="$1" '$1 == k {print $3}'; }
in_force() { mvm node info | grep -q '^state *sequence'; }
within "it is healthy" healthy
