/** Messages about the records of a topic: what is produced, fetched and asked about them, and who leads a partition. The notation is explained in `schema.ts`. */
export const recordsMessages = `
Produce 0 0-13 flexible 9+
  request
    transactionalId string? 3+
    acks int16
    timeoutMs int32
    topicData []{}
      name string 0-12
      topicId uuid 13+
      partitionData []{}
        index int32
        records records?
  response
    responses []{}
      name string 0-12
      topicId uuid 13+
      partitionResponses []{}
        index int32
        errorCode int16
        baseOffset int64
        logAppendTimeMs int64 2+
        logStartOffset int64 5+
        recordErrors []{} 8+
          batchIndex int32
          batchIndexErrorMessage string?
        errorMessage string? 8+
        currentLeader {} #0 10+
          leaderId int32
          leaderEpoch int32
    throttleTimeMs int32 1+
    nodeEndpoints []{} #0 10+
      nodeId int32
      host string
      port int32
      rack string?
Fetch 1 0-18 flexible 12+
  request
    clusterId string? #0 12+
    replicaId int32 0-14
    replicaState {} #1 15+
      replicaId int32
      replicaEpoch int64
    maxWaitMs int32
    minBytes int32
    maxBytes int32 3+
    isolationLevel int8 4+
    sessionId int32 7+
    sessionEpoch int32 7+
    topics []{}
      topic string 0-12
      topicId uuid 13+
      partitions []{}
        partition int32
        currentLeaderEpoch int32 9+
        fetchOffset int64
        lastFetchedEpoch int32 12+
        logStartOffset int64 5+
        partitionMaxBytes int32
        replicaDirectoryId uuid #0 17+
        highWatermark int64 #1 18+
    forgottenTopicsData []{} 7+
      topic string 7-12
      topicId uuid 13+
      partitions []int32
    rackId string 11+
  response
    throttleTimeMs int32 1+
    errorCode int16 7+
    sessionId int32 7+
    responses []{}
      topic string 0-12
      topicId uuid 13+
      partitions []{}
        partitionIndex int32
        errorCode int16
        highWatermark int64
        lastStableOffset int64 4+
        logStartOffset int64 5+
        divergingEpoch {} #0 12+
          epoch int32
          endOffset int64
        currentLeader {} #1 12+
          leaderId int32
          leaderEpoch int32
        snapshotId {} #2 12+
          endOffset int64
          epoch int32
        abortedTransactions []{}? 4+
          producerId int64
          firstOffset int64
        preferredReadReplica int32 11+
        records records?
    nodeEndpoints []{} #0 16+
      nodeId int32
      host string
      port int32
      rack string?
ListOffsets 2 0-10 flexible 6+
  request
    replicaId int32
    isolationLevel int8 2+
    topics []{}
      name string
      partitions []{}
        partitionIndex int32
        currentLeaderEpoch int32 4+
        timestamp int64
        maxNumOffsets int32 0-0
    timeoutMs int32 10+
  response
    throttleTimeMs int32 2+
    topics []{}
      name string
      partitions []{}
        partitionIndex int32
        errorCode int16
        oldStyleOffsets []int64 0-0
        timestamp int64 1+
        offset int64 1+
        leaderEpoch int32 4+
Metadata 3 0-13 flexible 9+
  request
    topics []{}?1+
      topicId uuid 10+
      name string?10+
    allowAutoTopicCreation bool 4+
    includeClusterAuthorizedOperations bool 8-10
    includeTopicAuthorizedOperations bool 8+
  response
    throttleTimeMs int32 3+
    brokers []{}
      nodeId int32
      host string
      port int32
      rack string? 1+
    clusterId string? 2+
    controllerId int32 1+
    topics []{}
      errorCode int16
      name string?12+
      topicId uuid 10+
      isInternal bool 1+
      partitions []{}
        errorCode int16
        partitionIndex int32
        leaderId int32
        leaderEpoch int32 7+
        replicaNodes []int32
        isrNodes []int32
        offlineReplicas []int32 5+
      topicAuthorizedOperations int32 8+
    clusterAuthorizedOperations int32 8-10
    errorCode int16 13+
OffsetForLeaderEpoch 23 0-4 flexible 4+
  request
    replicaId int32 3+
    topics []{}
      topic string
      partitions []{}
        partition int32
        currentLeaderEpoch int32 2+
        leaderEpoch int32
  response
    throttleTimeMs int32 2+
    topics []{}
      topic string
      partitions []{}
        errorCode int16
        partition int32
        leaderEpoch int32 1+
        endOffset int64
`
