#!/bin/bash
# Healthy: the service's readiness probe answers 200. By bash's own sockets, since the image has no curl and a JVM
# started every few seconds would cost more than the service it looks after.
case "$SERVICE" in
  ingest-api) port=${INGEST_MANAGEMENT_PORT:-8081} ;;
  scorer-stream) port=${SCORER_MANAGEMENT_PORT:-8082} ;;
  results-sink) port=${SINK_MANAGEMENT_PORT:-8083} ;;
  *) echo "SERVICE is '$SERVICE', not one of the three services" && exit 1 ;;
esac
exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
printf 'GET /actuator/health/readiness HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 2 -u 3 _ status _
echo "readiness: ${status:-no answer}"
[ "$status" = 200 ]
