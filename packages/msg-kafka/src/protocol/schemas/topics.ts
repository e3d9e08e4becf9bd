/** Messages about topics, partitions, configuration and the cluster. The notation is explained in `schema.ts`. */
export const topicsMessages = `
CreateTopics 19 0-7 flexible 5+
  request
    topics []{}
      name string
      numPartitions int32
      replicationFactor int16
      assignments []{}
        partitionIndex int32
        brokerIds []int32
      configs []{}
        name string
        value string?
    timeoutMs int32
    validateOnly bool 1+
  response
    throttleTimeMs int32 2+
    topics []{}
      name string
      topicId uuid 7+
      errorCode int16
      errorMessage string? 1+
      topicConfigErrorCode int16 #0 5+
      numPartitions int32 5+
      replicationFactor int16 5+
      configs []{}? 5+
        name string
        value string?
        readOnly bool
        configSource int8
        isSensitive bool
DeleteTopics 20 0-6 flexible 4+
  request
    topics []{} 6+
      name string?
      topicId uuid
    topicNames []string 0-5
    timeoutMs int32
  response
    throttleTimeMs int32 1+
    responses []{}
      name string?6+
      topicId uuid 6+
      errorCode int16
      errorMessage string? 5+
DeleteRecords 21 0-2 flexible 2+
  request
    topics []{}
      name string
      partitions []{}
        partitionIndex int32
        offset int64
    timeoutMs int32
  response
    throttleTimeMs int32
    topics []{}
      name string
      partitions []{}
        partitionIndex int32
        lowWatermark int64
        errorCode int16
CreatePartitions 37 0-3 flexible 2+
  request
    topics []{}
      name string
      count int32
      assignments []{}?
        brokerIds []int32
    timeoutMs int32
    validateOnly bool
  response
    throttleTimeMs int32
    results []{}
      name string
      errorCode int16
      errorMessage string?
DescribeConfigs 32 1-4 flexible 4+
  request
    resources []{}
      resourceType int8
      resourceName string
      configurationKeys []string?
    includeSynonyms bool 1+
    includeDocumentation bool 3+
  response
    throttleTimeMs int32
    results []{}
      errorCode int16
      errorMessage string?
      resourceType int8
      resourceName string
      configs []{}
        name string
        value string?
        readOnly bool
        configSource int8 1+
        isSensitive bool
        synonyms []{} 1+
          name string
          value string?
          source int8
        configType int8 3+
        documentation string? 3+
AlterConfigs 33 0-2 flexible 2+
  request
    resources []{}
      resourceType int8
      resourceName string
      configs []{}
        name string
        value string?
    validateOnly bool
  response
    throttleTimeMs int32
    responses []{}
      errorCode int16
      errorMessage string?
      resourceType int8
      resourceName string
IncrementalAlterConfigs 44 0-1 flexible 1+
  request
    resources []{}
      resourceType int8
      resourceName string
      configs []{}
        name string
        configOperation int8
        value string?
    validateOnly bool
  response
    throttleTimeMs int32
    responses []{}
      errorCode int16
      errorMessage string?
      resourceType int8
      resourceName string
DescribeCluster 60 0-2 flexible 0+
  request
    includeClusterAuthorizedOperations bool
    endpointType int8 1+
    includeFencedBrokers bool 2+
  response
    throttleTimeMs int32
    errorCode int16
    errorMessage string?
    endpointType int8 1+
    clusterId string
    controllerId int32
    brokers []{}
      brokerId int32
      host string
      port int32
      rack string?
      isFenced bool 2+
    clusterAuthorizedOperations int32
DescribeTopicPartitions 75 0 flexible 0+
  request
    topics []{}
      name string
    responsePartitionLimit int32
    cursor {}?
      topicName string
      partitionIndex int32
  response
    throttleTimeMs int32
    topics []{}
      errorCode int16
      name string?
      topicId uuid
      isInternal bool
      partitions []{}
        errorCode int16
        partitionIndex int32
        leaderId int32
        leaderEpoch int32
        replicaNodes []int32
        isrNodes []int32
        eligibleLeaderReplicas []int32?
        lastKnownElr []int32?
        offlineReplicas []int32
      topicAuthorizedOperations int32
    nextCursor {}?
      topicName string
      partitionIndex int32
AlterPartitionReassignments 45 0-1 flexible 0+
  request
    timeoutMs int32
    allowReplicationFactorChange bool 1+
    topics []{}
      name string
      partitions []{}
        partitionIndex int32
        replicas []int32?
  response
    throttleTimeMs int32
    allowReplicationFactorChange bool 1+
    errorCode int16
    errorMessage string?
    responses []{}
      name string
      partitions []{}
        partitionIndex int32
        errorCode int16
        errorMessage string?
ListPartitionReassignments 46 0 flexible 0+
  request
    timeoutMs int32
    topics []{}?
      name string
      partitionIndexes []int32
  response
    throttleTimeMs int32
    errorCode int16
    errorMessage string?
    topics []{}
      name string
      partitions []{}
        partitionIndex int32
        replicas []int32
        addingReplicas []int32
        removingReplicas []int32
ElectLeaders 43 0-2 flexible 2+
  request
    electionType int8 1+
    topicPartitions []{}?
      topic string
      partitions []int32
    timeoutMs int32
  response
    throttleTimeMs int32
    errorCode int16 1+
    replicaElectionResults []{}
      topic string
      partitionResult []{}
        partitionId int32
        errorCode int16
        errorMessage string?
ListConfigResources 74 0-1 flexible 0+
  request
    resourceTypes []int8 1+
  response
    throttleTimeMs int32
    errorCode int16
    configResources []{}
      resourceName string
      resourceType int8 1+
`
