printf 'api = http://127.0.0.1:9\ntoken-file = %s\n' "$MVM_DEV_STATE/token" >"$SUITE_DIR/elsewhere"
before=$(mvm instance list --json)
refused "no noun" 2 'incomplete command: mvm' mvm
refused "an unknown noun" 2 "frob" mvm frob
refused "an unknown verb" 2 "frob" mvm instance frob
refused "an unknown flag" 2 "Unknown option: '--frob'" mvm instance list --frob
refused "a flag without its value" 2 "--running" mvm pool scale demo/web --running
refused "a malformed tenant" 2 "not a tenant id" mvm instance list 'UPPER'
refused "a path for an instance" 2 "not an instance" mvm instance stop '../../etc/i-00000000'
refused "an address with too few parts" 2 "demo/web" mvm instance stop demo/web
refused "an address with too many parts" 2 "i-00000000" mvm instance stop demo/web/i-00000000/x
refused "a malformed instance id" 2 "i-0000" mvm instance stop demo/web/i-0000
refused "a command in place of an id" 2 "not a" mvm instance stop 'demo/web/i-00000000;reboot'
refused "a count that is no number" 2 "running" mvm pool scale demo/web --running two
refused "a negative count" 2 "0 to 100" mvm pool scale demo/web --running -1
refused "a count above every limit" 2 "0 to 100" mvm pool scale demo/web --running 101
refused "a count beyond the grant" 1 "grant" mvm pool scale demo/web --running 11
refused "a pool that is not there" 1 "unknown_pool" mvm pool scale demo/nothing --running 1
refused "a tenant that is there already" 1 "demo" mvm tenant create demo
refused "a node that is not there" 1 "unknown_node" mvm node info n-nothing
refused "exec without a program" 2 "" mvm instance exec "$INSTANCE"
refused "a variable without a name" 2 "NAME=VALUE" mvm instance exec -e =x "$INSTANCE" -- true
refused "a coordinator that is not there" 1 "no coordinator at" env MVM_CONFIG="$SUITE_DIR/elsewhere" "$REPOSITORY/mvm" node list
refused "no configuration" 1 "no such file" env MVM_CONFIG=/nonexistent "$REPOSITORY/mvm" node list
refused "./dev without a verb it knows" 2 "no such verb: frob" dev frob
refused "./dev with an argument too many" 2 "takes no arguments" dev up twice
refused "./dev test of nothing" 1 "no test class is called NoSuchTest" dev test NoSuchTest
equal "nothing has changed" "$before" "$(mvm instance list --json)"
