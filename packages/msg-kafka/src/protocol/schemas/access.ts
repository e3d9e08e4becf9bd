/** Messages about access rights, credentials, quotas, log folders and telemetry. The notation is explained in `schema.ts`. */
export const accessMessages = `
DescribeAcls 29 1-3 flexible 2+
  request
    resourceTypeFilter int8
    resourceNameFilter string?
    patternTypeFilter int8 1+
    principalFilter string?
    hostFilter string?
    operation int8
    permissionType int8
  response
    throttleTimeMs int32
    errorCode int16
    errorMessage string?
    resources []{}
      resourceType int8
      resourceName string
      patternType int8 1+
      acls []{}
        principal string
        host string
        operation int8
        permissionType int8
CreateAcls 30 1-3 flexible 2+
  request
    creations []{}
      resourceType int8
      resourceName string
      resourcePatternType int8 1+
      principal string
      host string
      operation int8
      permissionType int8
  response
    throttleTimeMs int32
    results []{}
      errorCode int16
      errorMessage string?
DeleteAcls 31 1-3 flexible 2+
  request
    filters []{}
      resourceTypeFilter int8
      resourceNameFilter string?
      patternTypeFilter int8 1+
      principalFilter string?
      hostFilter string?
      operation int8
      permissionType int8
  response
    throttleTimeMs int32
    filterResults []{}
      errorCode int16
      errorMessage string?
      matchingAcls []{}
        errorCode int16
        errorMessage string?
        resourceType int8
        resourceName string
        patternType int8 1+
        principal string
        host string
        operation int8
        permissionType int8
DescribeUserScramCredentials 50 0 flexible 0+
  request
    users []{}?
      name string
  response
    throttleTimeMs int32
    errorCode int16
    errorMessage string?
    results []{}
      user string
      errorCode int16
      errorMessage string?
      credentialInfos []{}
        mechanism int8
        iterations int32
AlterUserScramCredentials 51 0 flexible 0+
  request
    deletions []{}
      name string
      mechanism int8
    upsertions []{}
      name string
      mechanism int8
      iterations int32
      salt bytes
      saltedPassword bytes
  response
    throttleTimeMs int32
    results []{}
      user string
      errorCode int16
      errorMessage string?
CreateDelegationToken 38 1-3 flexible 2+
  request
    ownerPrincipalType string? 3+
    ownerPrincipalName string? 3+
    renewers []{}
      principalType string
      principalName string
    maxLifetimeMs int64
  response
    errorCode int16
    principalType string
    principalName string
    tokenRequesterPrincipalType string 3+
    tokenRequesterPrincipalName string 3+
    issueTimestampMs int64
    expiryTimestampMs int64
    maxTimestampMs int64
    tokenId string
    hmac bytes
    throttleTimeMs int32
RenewDelegationToken 39 1-2 flexible 2+
  request
    hmac bytes
    renewPeriodMs int64
  response
    errorCode int16
    expiryTimestampMs int64
    throttleTimeMs int32
ExpireDelegationToken 40 1-2 flexible 2+
  request
    hmac bytes
    expiryTimePeriodMs int64
  response
    errorCode int16
    expiryTimestampMs int64
    throttleTimeMs int32
DescribeDelegationToken 41 1-3 flexible 2+
  request
    owners []{}?
      principalType string
      principalName string
  response
    errorCode int16
    tokens []{}
      principalType string
      principalName string
      tokenRequesterPrincipalType string 3+
      tokenRequesterPrincipalName string 3+
      issueTimestamp int64
      expiryTimestamp int64
      maxTimestamp int64
      tokenId string
      hmac bytes
      renewers []{}
        principalType string
        principalName string
    throttleTimeMs int32
DescribeClientQuotas 48 0-1 flexible 1+
  request
    components []{}
      entityType string
      matchType int8
      match string?
    strict bool
  response
    throttleTimeMs int32
    errorCode int16
    errorMessage string?
    entries []{}?
      entity []{}
        entityType string
        entityName string?
      values []{}
        key string
        value float64
AlterClientQuotas 49 0-1 flexible 1+
  request
    entries []{}
      entity []{}
        entityType string
        entityName string?
      ops []{}
        key string
        value float64
        remove bool
    validateOnly bool
  response
    throttleTimeMs int32
    entries []{}
      errorCode int16
      errorMessage string?
      entity []{}
        entityType string
        entityName string?
DescribeLogDirs 35 1-4 flexible 2+
  request
    topics []{}?
      topic string
      partitions []int32
  response
    throttleTimeMs int32
    errorCode int16 3+
    results []{}
      errorCode int16
      logDir string
      topics []{}
        name string
        partitions []{}
          partitionIndex int32
          partitionSize int64
          offsetLag int64
          isFutureKey bool
      totalBytes int64 4+
      usableBytes int64 4+
AlterReplicaLogDirs 34 1-2 flexible 2+
  request
    dirs []{}
      path string
      topics []{}
        name string
        partitions []int32
  response
    throttleTimeMs int32
    results []{}
      topicName string
      partitions []{}
        partitionIndex int32
        errorCode int16
UpdateFeatures 57 0-2 flexible 0+
  request
    timeoutMs int32
    featureUpdates []{}
      feature string
      maxVersionLevel int16
      allowDowngrade bool 0
      upgradeType int8 1+
    validateOnly bool 1+
  response
    throttleTimeMs int32
    errorCode int16
    errorMessage string?
    results []{} 0-1
      feature string
      errorCode int16
      errorMessage string?
GetTelemetrySubscriptions 71 0 flexible 0+
  request
    clientInstanceId uuid
  response
    throttleTimeMs int32
    errorCode int16
    clientInstanceId uuid
    subscriptionId int32
    acceptedCompressionTypes []int8
    pushIntervalMs int32
    telemetryMaxBytes int32
    deltaTemporality bool
    requestedMetrics []string
PushTelemetry 72 0 flexible 0+
  request
    clientInstanceId uuid
    subscriptionId int32
    terminating bool
    compressionType int8
    metrics bytes
  response
    throttleTimeMs int32
    errorCode int16
`
